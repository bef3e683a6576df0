internal import Cryptography
internal import Glibc
internal import HeapModel
internal import Synchronization

/// The folder itself, by blocking calls.
///
/// What concerns one digest is never called twice at a time.
final class BlobFolder: Sendable {
  private let path: String
  private let calls: any FileCalls
  private let nextTemporary = Atomic<UInt64>(0)
  private let firstFailure = Mutex<StoreError?>(nil)

  init(path: String, calls: any FileCalls) {
    self.path = path
    self.calls = calls
  }

  var failure: StoreError? { firstFailure.withLock { $0 } }

  func prepare() throws(StoreError) {
    var folders = [path, path + "/temporary", path + "/quarantine"]
    folders += (0...255).map { path + "/" + [UInt8($0)].hexadecimal }
    for folder in folders where mkdir(folder, 0o700) != 0 && errno != EEXIST {
      throw StoreError(FileCallError(.create, number: errno), folder)
    }
    try synchronizeFolder(path)
    for name in names(in: path + "/temporary") { unlink(path + "/temporary/" + name) }
  }

  func put(_ bytes: [UInt8], _ digest: Digest) throws(StoreError) {
    if let failure { throw failure }
    let place = place(of: digest)
    if let known = try? read(place), SHA256.digest(of: known) == digest {
      // Whoever put it may have died before it was durable.
      try synchronizeFile(place)
    } else {
      try write(bytes, to: place)
    }
    try synchronizeFolder(place.folder)
  }

  func get(_ digest: Digest) throws(StoreError) -> [UInt8] {
    let place = place(of: digest)
    guard size(of: digest) != nil else {
      throw StoreError(.missing, "there is no blob \(digest)")
    }
    do throws(FileCallError) {
      let bytes = try read(place)
      if SHA256.digest(of: bytes) == digest { return bytes }
    } catch {
      // Running out of descriptors or memory is no reason to doubt the file.
      guard [EIO, ELOOP, EFBIG].contains(error.number) else { throw StoreError(error, place.file) }
    }
    setAside(place, digest)
    throw StoreError(.damaged, "blob \(digest) is not what was stored; moved to quarantine")
  }

  func size(of digest: Digest) -> Int? {
    var information = stat()
    guard lstat(place(of: digest).file, &information) == 0,
      information.st_mode & S_IFMT == S_IFREG
    else { return nil }
    return Int(information.st_size)
  }

  func delete(_ digest: Digest, unlessPutSince time: UnixNanoseconds) -> Bool {
    let place = place(of: digest)
    var information = stat()
    guard lstat(place.file, &information) == 0 else { return false }
    let changed = information.st_mtim
    let putAt = UInt64(max(0, changed.tv_sec)) * 1_000_000_000 + UInt64(max(0, changed.tv_nsec))
    return putAt < time && unlink(place.file) == 0
  }

  func list(after cursor: Digest?, limit: Int) -> [Digest] {
    var found: [Digest] = []
    let firstPrefix = cursor.map { $0.bytes[0] } ?? 0
    for prefix in firstPrefix...255 where found.count < limit {
      let start = [prefix].hexadecimal
      // What is not named like a blob is not ours, and is left alone.
      let digests = names(in: path + "/" + start).compactMap { Digest(hexadecimal: start + $0) }
      found += digests.filter { digest in cursor.map { digest > $0 } ?? true }.sorted()
    }
    return Array(found.prefix(limit))
  }

  // MARK: - Files

  private struct Place {
    var folder: String
    var file: String
  }

  private func place(of digest: Digest) -> Place {
    let name = digest.description
    let folder = path + "/" + name.prefix(2)
    return Place(folder: folder, file: folder + "/" + name.dropFirst(2))
  }

  private func write(_ bytes: [UInt8], to place: Place) throws(StoreError) {
    let number = nextTemporary.wrappingAdd(1, ordering: .relaxed).newValue
    let temporary = path + "/temporary/\(number)"
    do throws(FileCallError) {
      let descriptor = try calls.create(temporary)
      defer { calls.close(descriptor) }
      try bytes.withUnsafeBytes { buffer in
        Result { () throws(FileCallError) in try calls.write(buffer, to: descriptor) }
      }.get()
      try calls.synchronize(descriptor)
      try calls.rename(temporary, to: place.file)
    } catch {
      unlink(temporary)
      throw failed(error, temporary)
    }
  }

  private func synchronizeFile(_ place: Place) throws(StoreError) {
    let descriptor = open(place.file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else {
      throw StoreError(FileCallError(.open, number: errno), place.file)
    }
    defer { close(descriptor) }
    // Says when it was put last, which `delete` asks for.
    futimens(descriptor, nil)
    do throws(FileCallError) {
      try calls.synchronize(descriptor)
    } catch {
      throw failed(error, place.file)
    }
  }

  private func synchronizeFolder(_ folder: String) throws(StoreError) {
    do throws(FileCallError) {
      let descriptor = try calls.openFolder(folder)
      defer { calls.close(descriptor) }
      try calls.synchronize(descriptor)
    } catch {
      throw failed(error, folder)
    }
  }

  private func failed(_ error: FileCallError, _ path: String) -> StoreError {
    let plain = StoreError(error, path)
    guard error.call == .synchronize else { return plain }
    let failure = StoreError(
      .unavailable,
      "blobs are read-only until the collector is started again: \(plain.message)"
    )
    firstFailure.withLock { if $0 == nil { $0 = failure } }
    return failure
  }

  /// The whole file.
  ///
  /// A file that ends early or is none counts as unreadable: EIO.
  private func read(_ place: Place) throws(FileCallError) -> [UInt8] {
    let descriptor = open(place.file, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { throw FileCallError(.open, number: errno) }
    defer { close(descriptor) }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else {
      throw FileCallError(.read, number: errno)
    }
    let size = Int(information.st_size)
    guard information.st_mode & S_IFMT == S_IFREG else { throw FileCallError(.read, number: EIO) }
    guard size <= Self.maximumSize else { throw FileCallError(.read, number: EFBIG) }
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let part = Glibc.read(descriptor, buffer.baseAddress.map { $0 + count }, size - count)
        if part < 0, errno == EINTR { continue }
        guard part > 0 else { return }
        count += part
      }
    }
    guard bytes.count == size else { throw FileCallError(.read, number: EIO) }
    return bytes
  }

  /// Blobs are blocks of a megabyte and pages of answers: what is far larger is none of ours.
  private static let maximumSize = 1 << 30

  private func setAside(_ place: Place, _ digest: Digest) {
    Glibc.rename(place.file, path + "/quarantine/\(digest)-\(SystemTime.now())")
  }

  private func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { characters in
        characters.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}

internal import Compression
internal import Glibc
package import HeapModel

/// Reads a snapshot file as runtimes write it: text of V8 or JavaScriptCore, or messages of
/// SpiderMonkey, as it is or packed with zstd or gzip, told from its bytes and not from its name.
///
/// Other forms are read where they are given: `[.columns()]` with `SnapshotColumns` adds our own.
package struct SnapshotFileReader {
  /// How far the reading has come, in bytes of the file.
  package struct Progress: Hashable, Sendable {
    package var bytesRead: UInt64
    package var byteCount: UInt64
  }

  private static let pieceByteCount = 1 << 18

  private let path: String
  private let otherForms: [SnapshotForm]
  private let limits: SnapshotReadingLimits

  package init(
    path: String,
    otherForms: [SnapshotForm] = [],
    limits: SnapshotReadingLimits = SnapshotReadingLimits()
  ) {
    self.path = path
    self.otherForms = otherForms
    self.limits = limits
  }

  /// Reads the whole file into `receiver`, in bounded memory.
  ///
  /// - Parameter progress: called after each piece of 256 KiB.
  /// - Throws: `unreadable` if the file cannot be read; else as `SnapshotTextReader`, with offsets
  ///   in the unpacked text.
  package func read(
    into receiver: any SnapshotRecordReceiver,
    progress: (Progress) -> Void = { _ in }
  ) throws(SnapshotError) {
    try read(FormReader(otherForms, limits: limits, receiver: receiver), progress)
  }

  /// How far a file could be read.
  package struct Extent: Hashable, Sendable {
    /// Bytes of the unpacked snapshot that were read.
    package var byteCount: UInt64
    /// What ended the reading, with its place in the unpacked snapshot; nil for a whole file.
    package var failure: SnapshotError?
  }

  /// Reads a file as far as it can be read; `receiver` gets all rows and strings that came whole.
  ///
  /// - Throws: `unreadable` if the file cannot be read.
  package func readWhatIsThere(
    into receiver: any SnapshotRecordReceiver,
    progress: (Progress) -> Void = { _ in }
  ) throws(SnapshotError) -> Extent {
    let reader = FormReader(otherForms, limits: limits, receiver: receiver)
    do throws(SnapshotError) {
      try read(reader, progress)
      return Extent(byteCount: reader.byteCount, failure: nil)
    } catch {
      guard error.code != .unreadable else { throw error }
      return Extent(byteCount: reader.byteCount, failure: error.placed(at: reader.byteCount))
    }
  }

  private func read(
    _ reader: FormReader,
    _ progress: (Progress) -> Void
  ) throws(SnapshotError) {
    let file = try InputFile(path: path)
    let byteLimit = Int(clamping: limits.byteCount)
    var content = ContentDecoder(outputLimit: byteLimit)
    let piece = UnsafeMutableRawBufferPointer.allocate(
      byteCount: Self.pieceByteCount,
      alignment: 64
    )
    defer { piece.deallocate() }

    var state = Progress(bytesRead: 0, byteCount: file.byteCount)
    do {
      while let bytes = try file.read(into: piece) {
        try content.decode(bytes.bytes) { unpacked in
          try unpacked.withUnsafeBytes { try reader.consume($0) }
        }
        state.bytesRead += UInt64(bytes.count)
        progress(state)
      }
      try content.finish { unpacked in
        try unpacked.withUnsafeBytes { try reader.consume($0) }
      }
    } catch {
      if error is CompressionError {
        // The reader has yet to hear that no more comes; what it says then is of less interest.
        do throws(SnapshotError) { try reader.finish() } catch {}
      }
      throw SnapshotError(reading: error, atFileByte: state.bytesRead)
    }
    try reader.finish()
  }
}

/// Reads content of whatever form, told from its first bytes.
private final class FormReader: SnapshotByteReader {
  private let otherForms: [SnapshotForm]
  private let limits: SnapshotReadingLimits
  private let receiver: any SnapshotRecordReceiver
  private var firstBytes: [UInt8] = []
  private var reader: (any SnapshotByteReader)?
  /// Bytes that came.
  private(set) var byteCount: UInt64 = 0

  init(
    _ otherForms: [SnapshotForm],
    limits: SnapshotReadingLimits,
    receiver: any SnapshotRecordReceiver
  ) {
    self.otherForms = otherForms
    self.limits = limits
    self.receiver = receiver
  }

  func consume(_ bytes: UnsafeRawBufferPointer) throws(SnapshotError) {
    byteCount += UInt64(bytes.count)
    if let reader {
      try reader.consume(bytes)
      return
    }
    firstBytes += bytes
    guard firstBytes.count >= SnapshotForm.signatureLength else { return }
    try firstBytes.lend(to: start().consume)
    firstBytes = []
  }

  func finish() throws(SnapshotError) {
    if let reader {
      try reader.finish()
      return
    }
    let reader = try start()
    try firstBytes.lend(to: reader.consume)
    try reader.finish()
  }

  private func start() throws(SnapshotError) -> any SnapshotByteReader {
    let signature = Array(firstBytes.prefix(SnapshotForm.signatureLength))
    let started: any SnapshotByteReader
    if let form = otherForms.first(where: { $0.recognises(signature) }) {
      started = try form.makeReader(receiver)
    } else if SpiderMonkeySnapshotReader.recognises(signature) {
      started = SpiderMonkeySnapshotReader(limits: limits, receiver: receiver)
    } else {
      started = try SnapshotTextReader(limits: limits, receiver: receiver)
    }
    reader = started
    return started
  }
}

/// A file that is read from its beginning to its end.
private struct InputFile: ~Copyable {
  let byteCount: UInt64
  private let descriptor: Int32
  private let path: String

  init(path: String) throws(SnapshotError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SnapshotError(cannotRead: path, errno) }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else {
      let code = errno
      close(descriptor)
      throw SnapshotError(cannotRead: path, code)
    }
    byteCount = UInt64(max(information.st_size, 0))
    self.descriptor = descriptor
    self.path = path
  }

  deinit {
    close(descriptor)
  }

  /// The next bytes, or nil at the end.
  func read(
    into place: UnsafeMutableRawBufferPointer
  ) throws(SnapshotError) -> UnsafeRawBufferPointer? {
    while true {
      let count = Glibc.read(descriptor, place.baseAddress, place.count)
      if count > 0 { return UnsafeRawBufferPointer(rebasing: place[..<count]) }
      if count == 0 { return nil }
      guard errno == EINTR else { throw SnapshotError(cannotRead: path, errno) }
    }
  }
}

extension SnapshotError {
  fileprivate init(cannotRead path: String, _ code: Int32) {
    self.init(.unreadable, "cannot read \(path): \(String(cString: strerror(code)))")
  }

  init(reading error: any Error, atFileByte offset: UInt64) {
    switch error {
    case let error as SnapshotError:
      self = error
    case let error as CompressionError:
      let code: Code =
        switch error.code {
        case .corrupt: .malformed
        case .truncated: .truncated
        case .tooLarge: .tooLarge
        case .outOfMemory: .unreadable
        }
      self.init(code, "\(error.message) (near byte \(offset) of the file)")
    default:
      self.init(.unreadable, "\(error)")
    }
  }
}

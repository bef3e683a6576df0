import Cryptography
import FoundationEssentials
import Glibc
import HeapModel
import Store
import Synchronization
import TestSupport
import Testing

/// What files can do to blobs, beyond what any blob store must do.
@Suite struct FileBlobStoreTests {
  private let folder = TemporaryFolder()

  private func file(of digest: Digest) -> String {
    let name = digest.description
    return "\(folder.path)/\(name.prefix(2))/\(name.dropFirst(2))"
  }

  private var quarantined: Int {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/quarantine").count) ?? -1
  }

  @Test func `every flipped bit is found, and only that blob is lost`() async throws {
    let blobs = try FileBlobStore(folder: folder.path)
    var random = SeededGenerator(seed: 27)
    var digests: [Digest] = []
    for _ in 0..<200 {
      digests.append(
        try await blobs.put((0..<512).map { _ in UInt8.random(in: 0...255, using: &random) })
      )
    }
    let flipped = digests.prefix(100)
    for digest in flipped {
      var bytes = Array(try #require(FileManager.default.contents(atPath: file(of: digest))))
      bytes[Int.random(in: 0..<512, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
      #expect(FileManager.default.createFile(atPath: file(of: digest), contents: Data(bytes)))
    }

    for digest in flipped {
      let error = await #expect(throws: StoreError.self) { try await blobs.get(digest) }
      expect(error?.code, equals: .damaged)
      let again = await #expect(throws: StoreError.self) { try await blobs.get(digest) }
      expect(again?.code, equals: .missing)
    }
    for digest in digests.dropFirst(100) { try await expect(blobs.get(digest).count, equals: 512) }
    expect(quarantined, equals: 100)
  }

  @Test func `a damaged blob is whole again when it is put again`() async throws {
    let blobs = try FileBlobStore(folder: folder.path)
    let digest = try await blobs.put([1, 2, 3])
    #expect(FileManager.default.createFile(atPath: file(of: digest), contents: Data([9])))

    try await expect(blobs.put([1, 2, 3]), equals: digest)
    try await expect(blobs.get(digest), equals: [1, 2, 3])
  }

  @Test func `foreign files, links and folders are neither followed nor listed`() async throws {
    let blobs = try FileBlobStore(folder: folder.path)
    let digest = try await blobs.put([1])
    let other = SHA256.digest(of: [2])
    expect(symlink("/etc/passwd", file(of: other)), equals: 0)
    expect(mkdir(folder.path + "/00/folder", 0o700), equals: 0)
    #expect(FileManager.default.createFile(atPath: folder.path + "/11/junk", contents: Data()))

    let again = try FileBlobStore(folder: folder.path)
    #expect(try await again.list(after: nil, limit: 10).contains(digest))
    #expect(try await again.size(of: other) == nil)
    let error = await #expect(throws: StoreError.self) { try await again.get(other) }
    expect(error?.code, equals: .missing)
    try await expect(again.put([2]), equals: other)
    try await expect(again.get(other), equals: [2])
  }

  @Test func `what was half written is gone after a new start`() async throws {
    _ = try FileBlobStore(folder: folder.path)
    let half = folder.path + "/temporary/1"
    #expect(FileManager.default.createFile(atPath: half, contents: Data([1])))

    let blobs = try FileBlobStore(folder: folder.path)
    #expect(access(half, F_OK) != 0)
    try await expect(blobs.list(after: nil, limit: 10), equals: [])
  }

  @Test func `whichever call fails, nothing is acknowledged and nothing is half there`()
    async throws
  {
    let bytes: [UInt8] = Array(repeating: 5, count: 5_000)
    let digest = SHA256.digest(of: bytes)
    // A put makes six calls; the loop ends when one passes without meeting the failure.
    var failures = 0
    for number in 1... {
      let calls = FailingFileCalls(failing: number, with: EIO)
      let place = TemporaryFolder()
      let failing = try FileBlobStore(folder: place.path, calls: calls)
      calls.arm()
      do {
        try await failing.put(bytes, named: digest)
        expect(calls.hasFailed, equals: false)
        break
      } catch {
        failures += 1
        expect(error.code, equals: .unavailable)
        // A failed synchronisation proves nothing about what comes after it.
        expect((failing.failure != nil), equals: calls.failedAtSynchronization)
      }
      let reopened = try FileBlobStore(folder: place.path)
      if try await reopened.size(of: digest) != nil {
        try await expect(reopened.get(digest), equals: bytes)
      }
      try await reopened.put(bytes, named: digest)
      try await expect(reopened.get(digest), equals: bytes)
    }
    expect(failures, equals: 6)
  }

  @Test func `no room is told as such, and reading goes on`() async throws {
    let calls = FailingFileCalls(failing: 2, with: ENOSPC)
    let blobs = try FileBlobStore(folder: folder.path, calls: calls)
    let first = try await blobs.put([1])
    calls.arm()

    let error = await #expect(throws: StoreError.self) { try await blobs.put([2]) }
    expect(error?.code, equals: .full)
    #expect(blobs.failure == nil)
    try await expect(blobs.get(first), equals: [1])
    let second = try await blobs.put([2])
    try await expect(blobs.get(second), equals: [2])
  }
}

/// System calls of which one fails, once.
private final class FailingFileCalls: FileCalls {
  private struct State {
    var isArmed = false
    var left: Int
    var failed: FileCallError.Call?
  }

  private let state: Mutex<State>
  private let number: Int32
  private let real = SystemFileCalls()

  /// Fails call number `failing`, counted from `arm()`.
  init(failing: Int, with number: Int32) {
    state = Mutex(State(left: failing))
    self.number = number
  }

  func arm() {
    state.withLock { $0.isArmed = true }
  }

  var hasFailed: Bool { state.withLock { $0.failed != nil } }
  var failedAtSynchronization: Bool { state.withLock { $0.failed == .synchronize } }

  private func check(_ call: FileCallError.Call) throws(FileCallError) {
    let fails = state.withLock { state in
      guard state.isArmed, state.left > 0 else { return false }
      state.left -= 1
      guard state.left == 0 else { return false }
      state.failed = call
      return true
    }
    if fails { throw FileCallError(call, number: number) }
  }

  func create(_ path: String) throws(FileCallError) -> Int32 {
    try check(.create)
    return try real.create(path)
  }

  func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(FileCallError) {
    try check(.write)
    try real.write(bytes, to: descriptor)
  }

  func synchronize(_ descriptor: Int32) throws(FileCallError) {
    try check(.synchronize)
    try real.synchronize(descriptor)
  }

  func rename(_ path: String, to newPath: String) throws(FileCallError) {
    try check(.rename)
    try real.rename(path, to: newPath)
  }

  func openFolder(_ path: String) throws(FileCallError) -> Int32 {
    try check(.open)
    return try real.openFolder(path)
  }

  func close(_ descriptor: Int32) {
    real.close(descriptor)
  }
}

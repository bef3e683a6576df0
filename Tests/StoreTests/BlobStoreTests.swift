import Cryptography
import HeapModel
import Store
import Testing

@Suite struct BlobStoreTests {
  @Test(arguments: StoreKind.allCases)
  func `a blob comes back by its digest`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let blobs = stores.blobs
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 7) }

    let digest = try await blobs.put(bytes)
    #expect(digest == SHA256.digest(of: bytes))
    #expect(try await blobs.get(digest) == bytes)
    #expect(try await blobs.size(of: digest) == 100_000)

    #expect(try await blobs.put(bytes) == digest)
    let empty = try await blobs.put([])
    #expect(try await blobs.get(empty) == [])
  }

  @Test(arguments: StoreKind.allCases)
  func `a blob that was never put is missing`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let blobs = stores.blobs
    let digest = SHA256.digest(of: [1])

    #expect(try await blobs.size(of: digest) == nil)
    let error = await #expect(throws: StoreError.self) { try await blobs.get(digest) }
    #expect(error?.code == .missing)
  }

  @Test(arguments: StoreKind.allCases)
  func `blobs are listed in order and by page`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let blobs = stores.blobs
    var digests: [Digest] = []
    for number in 0..<40 { digests.append(try await blobs.put([UInt8(number)])) }
    digests.sort()

    var listed: [Digest] = []
    while true {
      let page = try await blobs.list(after: listed.last, limit: 7)
      if page.isEmpty { break }
      listed += page
    }
    #expect(listed == digests)
  }

  @Test(arguments: StoreKind.allCases)
  func `a blob is deleted only if nobody put it since`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let blobs = stores.blobs
    let before = SystemTime.now()
    // The clock of files is coarser than the clock of processes.
    try await Task.sleep(for: .milliseconds(20))
    let digest = try await blobs.put([1, 2, 3])
    #expect(try await blobs.delete(digest, unlessPutSince: before) == false)
    #expect(try await blobs.size(of: digest) == 3)

    try await Task.sleep(for: .milliseconds(20))
    #expect(try await blobs.delete(digest, unlessPutSince: SystemTime.now()))
    #expect(try await blobs.size(of: digest) == nil)
    #expect(try await blobs.delete(digest, unlessPutSince: SystemTime.now()) == false)
  }

  @Test(arguments: StoreKind.allCases)
  func `putting a blob again counts as putting it`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let blobs = stores.blobs
    let digest = try await blobs.put([1, 2, 3])
    try await Task.sleep(for: .milliseconds(20))
    let between = SystemTime.now()
    try await Task.sleep(for: .milliseconds(20))
    #expect(try await blobs.put([1, 2, 3]) == digest)

    #expect(try await blobs.delete(digest, unlessPutSince: between) == false)
  }

  @Test(arguments: StoreKind.allCases)
  func `many blobs at once all arrive`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    try await withThrowingTaskGroup { group in
      for number in 0..<100 {
        group.addTask { try await stores.blobs.put([UInt8(number % 50), 1]) }
      }
      try await group.waitForAll()
    }
    #expect(try await stores.blobs.list(after: nil, limit: 1_000).count == 50)
  }
}

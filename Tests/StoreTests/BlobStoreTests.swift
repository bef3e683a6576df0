import Cryptography
import HeapModel
import Store
import TestSupport
import Testing

@Suite struct BlobStoreTests {
  @Test(arguments: StoreKind.allCases)
  func `a blob comes back by its digest`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let blobs = stores.blobs
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 * 7) }

    let digest = try await blobs.put(bytes)
    expect(digest, equals: SHA256.digest(of: bytes))
    try await expect(blobs.get(digest), equals: bytes)
    try await expect(blobs.size(of: digest), equals: 100_000)

    try await expect(blobs.put(bytes), equals: digest)
    let empty = try await blobs.put([])
    try await expect(blobs.get(empty), equals: [])
  }

  @Test(arguments: StoreKind.allCases)
  func `a blob that was never put is missing`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let blobs = stores.blobs
    let digest = SHA256.digest(of: [1])

    #expect(try await blobs.size(of: digest) == nil)
    let error = await #expect(throws: StoreError.self) { try await blobs.get(digest) }
    expect(error?.code, equals: .missing)
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
    expect(listed, equals: digests)
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
    try await expect(blobs.delete(digest, unlessPutSince: before), equals: false)
    try await expect(blobs.size(of: digest), equals: 3)

    try await Task.sleep(for: .milliseconds(20))
    #expect(try await blobs.delete(digest, unlessPutSince: SystemTime.now()))
    #expect(try await blobs.size(of: digest) == nil)
    try await expect(blobs.delete(digest, unlessPutSince: SystemTime.now()), equals: false)
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
    try await expect(blobs.put([1, 2, 3]), equals: digest)

    try await expect(blobs.delete(digest, unlessPutSince: between), equals: false)
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
    try await expect(stores.blobs.list(after: nil, limit: 1_000).count, equals: 50)
  }
}

import FoundationEssentials
import Glibc
import HeapModel
import Store
import TestSupport
import Testing

/// A disk that really is full: a small file system in memory, which only root can mount.
@Suite(
  .serialized,
  .enabled(if: SmallDisk.canBeMounted, "only root can mount a small disk"),
  .timeLimit(.minutes(2))
)
struct FullDiskTests {
  @Test func `a full disk is told as such, nothing half is kept, and room heals it`() async throws {
    let disk = try SmallDisk(megabytes: 24)
    defer { disk.unmount() }
    let store = try EmbeddedStore(folder: disk.path + "/data")
    let kept = try await store.blobs.put([1, 2, 3])
    _ = try await store.metadata.beginUpload(Sample.upload(1))

    let filler = disk.path + "/filler"
    disk.fill(filler)
    #expect(try store.diskSpace().usedShare > 0.95)
    let blob = await #expect(throws: StoreError.self) {
      try await store.blobs.put([UInt8](repeating: 7, count: 3 << 20))
    }
    expect(blob?.code, equals: .full)
    var row: StoreError?
    for number in 2..<2_000 where row == nil {
      do {
        var upload = Sample.upload(number)
        upload.reason = String(repeating: "x", count: 20_000)
        _ = try await store.metadata.beginUpload(upload)
      } catch {
        row = error
      }
    }
    #expect(row?.code == .full || row?.code == .unavailable)

    // Reading goes on, and nothing is read-only for good.
    try await expect(store.blobs.get(kept), equals: [1, 2, 3])
    try await expect(store.metadata.upload(Sample.id(1)), equals: Sample.upload(1))
    #expect(store.failure == nil)

    unlink(filler)
    let again = try await store.blobs.put([UInt8](repeating: 7, count: 3 << 20))
    try await expect(store.blobs.get(again).count, equals: 3 << 20)
    let last = Sample.upload(5_000)
    try await expect(store.metadata.beginUpload(last), equals: last)
  }

  @Test func `without inodes it is the same`() async throws {
    let disk = try SmallDisk(megabytes: 24, inodes: 400)
    defer { disk.unmount() }
    let store = try EmbeddedStore(folder: disk.path + "/data")
    let kept = try await store.blobs.put([1])
    var failure: StoreError?
    for number in 0..<400 where failure == nil {
      do {
        _ = try await store.blobs.put([2, UInt8(number % 256), UInt8(number / 256)])
      } catch {
        failure = error
      }
    }
    expect(failure?.code, equals: .full)
    try await expect(store.blobs.get(kept), equals: [1])
    #expect(store.failure == nil)
  }
}

/// A tmpfs of a given size.
private final class SmallDisk {
  static let canBeMounted: Bool = {
    guard geteuid() == 0, let disk = try? SmallDisk(megabytes: 1) else { return false }
    disk.unmount()
    return true
  }()

  private struct NotMounted: Error {}

  private let folder = TemporaryFolder()
  var path: String { folder.path + "/disk" }

  init(megabytes: Int, inodes: Int = 0) throws {
    mkdir(path, 0o700)
    let options = "size=\(megabytes)m" + (inodes > 0 ? ",nr_inodes=\(inodes)" : "")
    guard mount("tmpfs", path, "tmpfs", 0, options) == 0 else { throw NotMounted() }
  }

  func fill(_ file: String) {
    let descriptor = open(file, O_WRONLY | O_CREAT, 0o600)
    defer { close(descriptor) }
    let piece = [UInt8](repeating: 0, count: 65_536)
    while write(descriptor, piece, piece.count) > 0 {}
  }

  func unmount() {
    umount2(path, Int32(MNT_DETACH))
  }
}

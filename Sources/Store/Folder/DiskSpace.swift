internal import Glibc

/// The room on the disk that a folder is on.
package struct DiskSpace: Hashable, Sendable {
  package var totalBytes: UInt64
  /// What this process may still use.
  package var freeBytes: UInt64

  package init(totalBytes: UInt64, freeBytes: UInt64) {
    self.totalBytes = totalBytes
    self.freeBytes = freeBytes
  }

  /// Asks the system; a microsecond.
  package init(of folder: String) throws(StoreError) {
    var information = statvfs()
    guard statvfs(folder, &information) == 0 else {
      throw StoreError(.unavailable, "\(folder): \(String(cString: strerror(errno)))")
    }
    let unit = UInt64(information.f_frsize)
    // Without what is kept for root, as if it were used. Some file systems say more than they have.
    let kept = information.f_bfree - min(information.f_bavail, information.f_bfree)
    totalBytes = UInt64(information.f_blocks - min(kept, information.f_blocks)) &* unit
    freeBytes = UInt64(information.f_bavail) &* unit
  }

  /// How much is used, from 0 to 1.
  package var usedShare: Double {
    totalBytes == 0 ? 1 : 1 - Double(freeBytes) / Double(totalBytes)
  }
}

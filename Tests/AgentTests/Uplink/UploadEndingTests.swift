@testable import Agent
import FleetProtocol
import TestSupport
import Testing

@Suite struct UploadEndingTests {
  private func upload(
    _ blockCount: UInt32,
    isWhole: Bool = false,
    cut: CutReason? = nil
  ) -> SpoolContents.UploadStatus {
    SpoolContents.UploadStatus(id: "u", blockCount: blockCount, isWhole: isWhole, cut: cut)
  }

  /// The status is read after the last block was sent; a capture may have gone on and ended between
  /// the two.
  @Test func `blocks that were written meanwhile are sent before the end`() throws {
    let position = UploadPosition(nextIndex: 3)
    try expect(UploadEnding(of: upload(5, isWhole: true), at: position), equals: .notYet)
    try expect(UploadEnding(of: upload(3), at: position), equals: .notYet)
    try expect(UploadEnding(of: upload(3, isWhole: true), at: position), equals: .whole)
  }

  @Test func `one that was cut short ends where the collector stands`() throws {
    let reason = CutReason(.targetGone)
    let position = UploadPosition(nextIndex: 3)
    try expect(UploadEnding(of: upload(0, cut: reason), at: position), equals: .cut(reason))
  }

  @Test func `a spool that has less than the collector is damaged`() {
    #expect(throws: SpoolError.self) {
      try UploadEnding(of: upload(2, isWhole: true), at: UploadPosition(nextIndex: 3))
    }
  }
}

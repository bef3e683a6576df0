internal import Compression
package import FleetProtocol

/// Looks inside a block before it is stored: one frame that holds exactly as many bytes as it says.
///
/// A frame of a few kilobytes can hold a gigabyte; inflating stops one byte behind the size that
/// was said, which is a megabyte at most.
package enum UploadInspection {
  package static func check(_ block: PutBlock) throws {
    _ = try Zstd.inflate(block.payload, exactSize: Int(block.rawSize))
  }
}

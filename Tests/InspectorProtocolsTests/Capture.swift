import Compression
import FoundationEssentials
import JSONStream
import TestSupport

/// Messages that real runtimes sent, from the captures beside the project.
enum Capture {
  /// The whole messages a runtime sent, in order; those the capture cut are left out.
  static func messages(_ name: String) throws -> [String] {
    try lines(name).compactMap { line in
      line["dir"]?.string == "recv" ? line["text"]?.string : nil
    }
  }

  /// Bodies of the HTTP answers by path.
  static func bodies(_ name: String) throws -> [(path: String, body: String)] {
    try lines(name).compactMap { line in
      guard line["dir"]?.string == "http", let text = line["text"]?.string else { return nil }
      let path = line["path"]?.string ?? line["request"]?.string ?? ""
      guard let head = text.firstRange(of: "\r\n\r\n") else { return nil }
      return (path, String(text[head.upperBound...]))
    }
  }

  /// Every message of a capture that keeps whole frames, in order: `isOurs` if the client sent it.
  static func frames(gzip name: String) throws -> [(isOurs: Bool, text: String)] {
    let data = try Data(contentsOf: URL(filePath: SharedMaterial.file("traces/" + name)))
    var decoder = ContentDecoder(outputLimit: 64 << 20)
    var text: [UInt8] = []
    let append = { (piece: RawSpan) in piece.withUnsafeBytes { text.append(contentsOf: $0) } }
    try decoder.decode(Array(data), append)
    try decoder.finish(append)
    return try text.split(separator: UInt8(ascii: "\n")).compactMap { line in
      let value = try JSONValue(parsing: Array(line), limits: .init(bytes: 8 << 20))
      return value["frame"]?.string.map { (value["dir"]?.string == ">", $0) }
    }
  }

  private static func lines(_ name: String) throws -> [JSONValue] {
    let data = try Data(contentsOf: URL(filePath: SharedMaterial.file("traces/" + name)))
    return try data.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }
  }
}

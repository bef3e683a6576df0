internal import CGRPC

/// The named values that travel before the messages of a call and after them.
///
/// Order is kept and a key may stand several times. Keys are lowercase letters, digits and `-_.`;
/// a key that ends in `-bin` has a binary value, any other one printable ASCII text. Both sides
/// refuse more than `TransportOptions.maxMetadata` for all of it.
package struct Metadata: Sendable, Equatable {
  package enum Value: Sendable, Equatable {
    case text(String)
    case binary([UInt8])
  }

  package struct Entry: Sendable, Equatable {
    package var key: String
    package var value: Value
  }

  /// A key or value that may not travel.
  package struct IllegalEntry: Error, Equatable, CustomStringConvertible {
    package var description: String
  }

  package private(set) var entries: [Entry] = []

  package init() {}

  package var isEmpty: Bool { entries.isEmpty }

  /// The first text under `key`.
  package subscript(_ key: String) -> String? {
    for entry in entries where entry.key == key {
      if case .text(let text) = entry.value { return text }
    }
    return nil
  }

  /// The first binary value under `key`, which ends in `-bin`.
  package func binary(_ key: String) -> [UInt8]? {
    for entry in entries where entry.key == key {
      if case .binary(let bytes) = entry.value { return bytes }
    }
    return nil
  }

  /// Adds an entry behind the others.
  ///
  /// - Throws: `IllegalEntry` if the core would refuse it, or the key is one of the protocol's own
  ///   (`grpc-…`, `content-type`, `te`, `user-agent`, `host`).
  package mutating func add(_ key: String, _ value: Value) throws(IllegalEntry) {
    guard Self.isLegalKey(key) else {
      throw IllegalEntry(description: "\"\(key)\" cannot be a metadata key.")
    }
    switch value {
    case .binary where !key.hasSuffix("-bin"):
      throw IllegalEntry(description: "The key \"\(key)\" of a binary value must end in -bin.")
    case .text where key.hasSuffix("-bin"):
      throw IllegalEntry(description: "The key \"\(key)\" is for binary values.")
    case .text(let text) where !text.utf8.allSatisfy({ (0x20...0x7E).contains($0) }):
      throw IllegalEntry(
        description: "The value of \"\(key)\" has characters outside of printable ASCII."
      )
    case .text, .binary:
      entries.append(Entry(key: key, value: value))
    }
  }

  /// What the entries count for against the limit of a peer (RFC 9113, 6.5.2).
  package var size: Int {
    entries.reduce(0) { sum, entry in
      switch entry.value {
      case .text(let text): sum + entry.key.utf8.count + text.utf8.count + 32
      case .binary(let bytes): sum + entry.key.utf8.count + bytes.count + 32
      }
    }
  }

  /// Leaves room for what the core adds: method, path, host, status, message.
  static let roomForCore = 1 << 10

  /// Refuses metadata that the peer would not take.
  ///
  /// Left to the core, the peer may lose its place in the header compression over the refusal, and
  /// then the whole connection (seen once in some hundred times).
  func checkSize(atMost limit: Int) throws(RPCError) {
    let size = size + Self.roomForCore
    guard size <= limit else {
      throw RPCError(
        .resourceExhausted,
        "The metadata of the call counts \(size) bytes, and \(limit) are allowed."
      )
    }
  }

  private static func isLegalKey(_ key: String) -> Bool {
    let isLegal =
      !key.isEmpty
      && key.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
          return true
        default:
          return false
        }
      }
    return isLegal && !key.hasPrefix("grpc-") && !ownKeys.contains(key)
  }

  private static let ownKeys: Set<String> = ["content-type", "te", "user-agent", "host"]
}

extension Metadata {
  static let statusDetailsKey = "grpc-status-details-bin"

  /// Copies what arrived.
  ///
  /// The array's elements belong to the call, and end with it.
  init(copying array: grpc_metadata_array) {
    entries.reserveCapacity(array.count)
    for index in 0..<array.count {
      let key = String(slice: array.metadata[index].key)
      let value = array.metadata[index].value
      entries.append(
        Entry(
          key: key,
          value: key.hasSuffix("-bin")
            ? .binary([UInt8](slice: value)) : .text(String(slice: value))
        )
      )
    }
  }

  /// Takes the status details out, which the protocol carries as an entry.
  mutating func takeStatusDetails() -> [UInt8]? {
    defer { entries.removeAll { $0.key == Self.statusDetailsKey } }
    return binary(Self.statusDetailsKey)
  }

  mutating func addStatusDetails(_ bytes: [UInt8]) {
    entries.append(Entry(key: Self.statusDetailsKey, value: .binary(bytes)))
  }

  /// Lends the entries in the core's form, for the start of one batch.
  func withCore<Result>(_ body: (cgrpc_metadata) -> Result) -> Result {
    if entries.isEmpty { return body(cgrpc_metadata(entries: nil, count: 0)) }
    var array = entries.map { entry in
      var element = grpc_metadata()
      element.key = entry.key.slice()
      switch entry.value {
      case .text(let text): element.value = text.slice()
      case .binary(let bytes): element.value = bytes.slice()
      }
      return element
    }
    defer {
      for element in array {
        grpc_slice_unref(element.key)
        grpc_slice_unref(element.value)
      }
    }
    return array.withUnsafeMutableBufferPointer { buffer in
      body(cgrpc_metadata(entries: buffer.baseAddress, count: buffer.count))
    }
  }
}

internal import CFleetMessages

/// A message that names its fields once, for both directions.
///
/// `exchange` is the whole mapping between a Swift value and the C struct that protoc-c generated:
/// one line per field. What a field must be (an identifier, at most so many) is said in that line
/// and so holds for whatever is read. No C type leaves this target.
protocol MappedMessage: FleetMessage {
  associatedtype Raw

  static var format: RawFormat<Raw> { get }

  /// A value to read into; every field of it is replaced.
  init()

  /// Moves every field from `raw` into self, or from self into `raw`, as `fields` directs.
  mutating func exchange(_ raw: inout Raw, _ fields: Fields) throws(FleetError)
}

/// What libprotobuf-c needs to know of a message: how a C struct of it begins.
struct RawFormat<Raw>: @unchecked Sendable {  // a C function and a C constant
  private let prepare: (UnsafeMutablePointer<Raw>) -> Void
  let descriptor: UnsafePointer<ProtobufCMessageDescriptor>

  /// - Parameter prepare: the generated `…__init`.
  init(_ prepare: @escaping (UnsafeMutablePointer<Raw>) -> Void) {
    self.prepare = prepare
    let sample = UnsafeMutablePointer<Raw>.allocate(capacity: 1)
    defer { sample.deallocate() }
    prepare(sample)
    self.descriptor = sample.base.pointee.descriptor
  }

  func initialize(_ raw: UnsafeMutablePointer<Raw>) {
    prepare(raw)
  }
}

extension UnsafeMutablePointer {
  /// The same message seen as libprotobuf-c sees every message: each generated struct begins so.
  var base: UnsafeMutablePointer<ProtobufCMessage> {
    UnsafeMutableRawPointer(self).assumingMemoryBound(to: ProtobufCMessage.self)
  }
}

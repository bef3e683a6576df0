internal import CFleetMessages

/// A message whose last field is a large payload.
protocol PayloadMessage: MappedMessage {
  var payload: [UInt8] { get set }

  static func attach(_ payload: ProtobufCBinaryData, to raw: inout Raw)
}

extension PayloadMessage {
  /// As `encoded()`, without copying the payload.
  func pieces() -> FleetPieces {
    guard !payload.isEmpty else { return FleetPieces(head: encoded(), payload: []) }
    var rest = self
    rest.payload = []
    let head = Fields.writing { fields in
      payload.withUnsafeBufferPointer { bytes in
        let raw = fields.written(rest)
        let data = ProtobufCBinaryData(
          len: bytes.count,
          data: UnsafeMutablePointer(mutating: bytes.baseAddress)  // only read while packing
        )
        Self.attach(data, to: &raw.pointee)
        return Self.packHead(of: raw.base, before: bytes)
      }
    }
    return FleetPieces(head: head, payload: payload)
  }

  private static func packHead(
    of message: UnsafeMutablePointer<ProtobufCMessage>,
    before payload: UnsafeBufferPointer<UInt8>
  ) -> [UInt8] {
    let size = protobuf_c_message_get_packed_size(message) - payload.count
    return [UInt8](unsafeUninitializedCapacity: size) { head, count in
      var sink = fleet_sink()
      fleet_sink_init(&sink, head.baseAddress, size, payload.baseAddress)
      withUnsafeMutablePointer(to: &sink) { sink in
        _ = protobuf_c_message_pack_to_buffer(message, sink.pointer(to: \.buffer))
      }
      precondition(sink.payload_seen && !sink.failed, "the payload is the last field")
      count = sink.used
    }
  }
}

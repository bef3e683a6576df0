internal import CFleetMessages

extension MappedMessage {
  package func encoded() -> [UInt8] {
    Fields.writing { fields in
      let raw = fields.written(self)
      let size = protobuf_c_message_get_packed_size(raw.base)
      return [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = protobuf_c_message_pack(raw.base, buffer.baseAddress)
      }
    }
  }

  package init(decoding bytes: UnsafeRawBufferPointer) throws(FleetError) {
    guard bytes.count <= FleetLimits.message else {
      throw FleetError(
        .tooLarge,
        "\(Self.self): \(bytes.count) bytes; a message has at most \(FleetLimits.message)"
      )
    }
    self.init()
    do throws(FleetError) {
      try read(bytes)
    } catch {
      throw FleetError(error.code, "\(Self.self): \(error.message)")
    }
  }

  private mutating func read(_ bytes: UnsafeRawBufferPointer) throws(FleetError) {
    var arena = fleet_arena()
    // A packed column of small numbers grows eightfold, short texts thirtyfold; a list of empty
    // messages would grow a hundredfold, and nobody sends one in good faith.
    fleet_arena_init(&arena, 65_536 + 32 * bytes.count, 1_024 + 4 * bytes.count)
    defer { fleet_arena_reset(&arena) }
    let unpacked = withUnsafeMutablePointer(to: &arena) { arena in
      // The allocator inside the arena must be found where it was set up.
      arena.pointee.allocator.allocator_data = UnsafeMutableRawPointer(arena)
      return protobuf_c_message_unpack(
        Self.format.descriptor,
        &arena.pointee.allocator,
        bytes.count,
        bytes.assumingMemoryBound(to: UInt8.self).baseAddress
      )
    }
    guard let unpacked else {
      throw arena.exhausted
        ? FleetError(.tooLarge, "\(bytes.count) bytes that would unpack to more than is allowed")
        : FleetError(.malformed, "\(bytes.count) bytes that are no such message")
    }
    let raw = UnsafeMutableRawPointer(unpacked).assumingMemoryBound(to: Raw.self)
    try exchange(&raw.pointee, Fields(.reading, arena: nil))
  }
}

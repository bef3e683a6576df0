internal import CGRPC
internal import Glibc

/// The bytes of one message, owned by exactly one place at a time.
///
/// A message that arrived consists of the pieces in which the core read it from the socket (some
/// 8 KiB each). Sending moves the payload into the core, which keeps it until the peer's window
/// took it.
package struct Payload: ~Copyable, @unchecked Sendable {
  private let buffer: UnsafeMutablePointer<grpc_byte_buffer>

  /// Takes over a buffer of the core.
  init(owning buffer: UnsafeMutablePointer<grpc_byte_buffer>) {
    self.buffer = buffer
  }

  deinit {
    grpc_byte_buffer_destroy(buffer)
  }

  /// A message with a copy of `bytes`.
  package init(copying bytes: UnsafeRawBufferPointer) {
    self.init(slices: [bytes.slice()])
  }

  /// A message with a copy of `bytes`; without an argument the empty one.
  package init(_ bytes: [UInt8] = []) {
    self.init(slices: [bytes.slice()])
  }

  /// A message that `fill` writes straight into the core's memory, without a copy.
  ///
  /// - Parameters:
  ///   - capacity: bytes handed to `fill`, not initialised.
  ///   - fill: answers how many of them it wrote, from the start.
  package init(
    capacity: Int,
    fill: (UnsafeMutableRawBufferPointer) throws -> Int
  ) rethrows {
    var slice = grpc_slice_malloc(capacity)
    do {
      let count = try fill(
        UnsafeMutableRawBufferPointer(start: cgrpc_slice_start(&slice), count: capacity)
      )
      precondition((0...capacity).contains(count), "Wrote \(count) bytes into \(capacity).")
      cgrpc_slice_set_length(&slice, count)
    } catch {
      grpc_slice_unref(slice)
      throw error
    }
    self.init(slices: [slice])
  }

  /// A message of a small header, copied, and a large body that is sent from where it is.
  ///
  /// The core keeps `body` until the last byte is out, and lets go of it on any thread; its bytes
  /// must stay where they are and not change.
  package init(header: UnsafeRawBufferPointer, body: some RawBytesOwner) {
    self.init(head: header.slice(), body: body)
  }

  /// The same with a header in an array, as closures of `withUnsafeBytes` cannot return a payload.
  package init(header: [UInt8], body: some RawBytesOwner) {
    self.init(head: header.slice(), body: body)
  }

  private init(head: grpc_slice, body: some RawBytesOwner) {
    let bytes = body.bytes
    guard let start = bytes.baseAddress, !bytes.isEmpty else {
      self.init(slices: [head])
      return
    }
    let tail = grpc_slice_new_with_user_data(
      UnsafeMutableRawPointer(mutating: start),
      bytes.count,
      { owner in
        guard let owner else { return }
        Unmanaged<AnyObject>.fromOpaque(owner).release()
      },
      Unmanaged<AnyObject>.passRetained(body).toOpaque()
    )
    self.init(slices: [head, tail])
  }

  /// Takes over one reference to each slice.
  private init(slices: consuming [grpc_slice]) {
    var slices = slices
    guard let buffer = grpc_raw_byte_buffer_create(&slices, slices.count) else {
      preconditionFailure("The core made no byte buffer.")
    }
    // The buffer took references of its own.
    for slice in slices { grpc_slice_unref(slice) }
    self.init(owning: buffer)
  }

  /// Length of the message in bytes.
  package var count: Int {
    grpc_byte_buffer_length(buffer)
  }

  /// Lends the message in one piece, copying it together if it arrived in several.
  package borrowing func withContiguous<Result>(
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    switch cgrpc_slice_count(buffer) {
    case 0:
      return try body(UnsafeRawBufferPointer(start: nil, count: 0))
    case 1:
      return try body(Self.bytes(of: cgrpc_slice_at(buffer, 0)))
    default:
      let joined = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
      defer { joined.deallocate() }
      var end = 0
      forEachSlice { piece in
        UnsafeMutableRawBufferPointer(rebasing: joined[end...]).copyMemory(from: piece)
        end += piece.count
      }
      return try body(UnsafeRawBufferPointer(joined))
    }
  }

  /// Lends the pieces of the message one after the other, without a copy.
  package borrowing func forEachSlice(
    _ body: (UnsafeRawBufferPointer) throws -> Void
  ) rethrows {
    for index in 0..<cgrpc_slice_count(buffer) {
      try body(Self.bytes(of: cgrpc_slice_at(buffer, index)))
    }
  }

  /// A copy of the message as an array.
  package borrowing func copyBytes() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    forEachSlice { bytes.append(contentsOf: $0) }
    return bytes
  }

  /// Gives the buffer away; the caller destroys it.
  ///
  /// Taken out explicitly before an operation starts, since nothing promises that this value would
  /// live over the `await`.
  consuming func takeBuffer() -> UnsafeMutablePointer<grpc_byte_buffer> {
    let buffer = self.buffer
    discard self
    return buffer
  }

  private static func bytes(of slice: UnsafeMutablePointer<grpc_slice>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: cgrpc_slice_start(slice), count: cgrpc_slice_length(slice))
  }
}

/// An object whose bytes can be sent from where they are.
package protocol RawBytesOwner: AnyObject, Sendable {
  /// Stays valid and unchanged as long as the object lives.
  var bytes: UnsafeRawBufferPointer { get }
}

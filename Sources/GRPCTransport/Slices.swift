internal import CGRPC

// The core's reference-counted pieces of bytes, to Swift values and back.

extension String {
  /// Copies a slice; bytes that are not UTF-8 become replacement characters.
  init(slice: grpc_slice) {
    self = String(decoding: [UInt8](slice: slice), as: UTF8.self)
  }

  /// A new slice with a copy, one reference of which is the caller's.
  func slice() -> grpc_slice {
    Array(utf8).slice()
  }
}

extension [UInt8] {
  init(slice: grpc_slice) {
    var slice = slice
    self = withUnsafeMutablePointer(to: &slice) { pointer in
      Array(
        UnsafeRawBufferPointer(
          start: cgrpc_slice_start(pointer),
          count: cgrpc_slice_length(pointer)
        )
      )
    }
  }

  /// A new slice with a copy, one reference of which is the caller's.
  func slice() -> grpc_slice {
    withUnsafeBytes { $0.slice() }
  }
}

extension UnsafeRawBufferPointer {
  /// A new slice with a copy, one reference of which is the caller's.
  func slice() -> grpc_slice {
    grpc_slice_from_copied_buffer(baseAddress?.assumingMemoryBound(to: CChar.self), count)
  }
}

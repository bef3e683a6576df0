internal import CZstd

extension CompressionError {
  /// What a function of libzstd answered, if it was an error.
  init?(zstdResult result: Int) {
    guard ZSTD_isError(result) != 0 else { return nil }
    let name = String(cString: ZSTD_getErrorName(result))
    switch ZSTD_getErrorCode(result) {
    case ZSTD_error_memory_allocation:
      self.init(.outOfMemory, "zstd: \(name)")
    case ZSTD_error_frameParameter_windowTooLarge, ZSTD_error_dstSize_tooSmall:
      self.init(.tooLarge, "zstd: \(name)")
    case ZSTD_error_srcSize_wrong:
      self.init(.truncated, "zstd: \(name)")
    default:
      self.init(.corrupt, "zstd: \(name)")
    }
  }
}

/// Makes the contexts that compress.
enum ZstdContext {
  static func make(level: Int32, checksum: Bool) throws(CompressionError) -> OpaquePointer {
    guard let context = ZSTD_createCCtx() else {
      throw CompressionError(.outOfMemory, "no memory for a zstd context")
    }
    for (parameter, value) in [
      (ZSTD_c_compressionLevel, level),
      (ZSTD_c_checksumFlag, checksum ? 1 : 0),
    ] {
      let result = ZSTD_CCtx_setParameter(context, parameter, value)
      precondition(ZSTD_isError(result) == 0, "zstd knows no \(parameter) \(value)")
    }
    return context
  }
}

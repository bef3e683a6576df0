/// A record as the spool's files hold them, one after the other.
///
/// Layout, little-endian: length of the payload (4 bytes), kind (4), checksum of the payload (8),
/// checksum of these 16 bytes (8), payload. Each record stands for itself: one that was damaged is
/// skipped, and one that was cut off ends the file.
struct SpoolRecord: Hashable {
  static let headerSize = 24
  /// Largest payload; a length above it is not one of ours.
  static let payloadLimit = 4 << 20

  var kind: UInt32
  var payload: [UInt8]

  /// Header and payload in one piece, so that they are written in one.
  var encoded: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(Self.headerSize + payload.count)
    bytes.appendLittleEndian(UInt32(truncatingIfNeeded: payload.count))
    bytes.appendLittleEndian(kind)
    bytes.appendLittleEndian(fnv1a64(payload))
    bytes.appendLittleEndian(fnv1a64(bytes))
    bytes += payload
    return bytes
  }

  /// What a header says of the record behind it.
  struct Header: Hashable {
    var kind: UInt32
    var payloadSize: Int
    var checksum: UInt64

    var recordSize: UInt64 { UInt64(SpoolRecord.headerSize + payloadSize) }

    /// nil for anything that is not a header of ours, whole and unchanged.
    init?(_ bytes: some Collection<UInt8>) {
      guard bytes.count == SpoolRecord.headerSize else { return nil }
      let bytes = Array(bytes)
      guard bytes.littleEndian(UInt64.self, at: 16) == fnv1a64(bytes[..<16]) else { return nil }
      payloadSize = Int(bytes.littleEndian(UInt32.self, at: 0))
      kind = bytes.littleEndian(UInt32.self, at: 4)
      checksum = bytes.littleEndian(UInt64.self, at: 8)
      guard payloadSize <= SpoolRecord.payloadLimit else { return nil }
    }
  }
}

/// Walks over the records of one file, header by header.
///
/// Payloads are read only when asked for, so a file of gigabytes is walked in milliseconds.
struct SpoolRecordWalk {
  let disk: any SpoolDisk
  let name: String
  let size: UInt64
  /// Where the record behind the last one begins.
  private(set) var offset: UInt64

  init(_ name: String, on disk: any SpoolDisk, from offset: UInt64 = 0) throws(SpoolError) {
    self.disk = disk
    self.name = name
    self.offset = offset
    size = try disk.size(of: name)
  }

  /// The next header, with the place of its payload; nil where whole records end.
  mutating func next() throws(SpoolError) -> (header: SpoolRecord.Header, payloadAt: UInt64)? {
    let bytes = try disk.read(name, at: offset, count: SpoolRecord.headerSize)
    guard let header = SpoolRecord.Header(bytes), header.recordSize <= size - offset else {
      return nil
    }
    let payloadAt = offset + UInt64(SpoolRecord.headerSize)
    offset += header.recordSize
    return (header, payloadAt)
  }

  /// - Throws: `.damaged` when the payload is not the one that was written.
  func payload(of header: SpoolRecord.Header, at offset: UInt64) throws(SpoolError) -> [UInt8] {
    let bytes = try disk.read(name, at: offset, count: header.payloadSize)
    guard bytes.count == header.payloadSize, fnv1a64(bytes) == header.checksum else {
      throw SpoolError(.damaged, "a record of \(name) at byte \(offset) was changed on disk")
    }
    return bytes
  }

  /// A header can be whole where the loss of power took the payload.
  func isIntact(_ header: SpoolRecord.Header, at offset: UInt64) -> Bool {
    (try? payload(of: header, at: offset)) != nil
  }
}

/// The 64-bit FNV-1a hash: it finds torn and changed records, and is no proof against malice.
func fnv1a64(_ bytes: some Collection<UInt8>) -> UInt64 {
  func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in bytes {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3
    }
    return hash
  }
  return bytes.withContiguousStorageIfAvailable(hash) ?? hash(bytes)
}

extension [UInt8] {
  mutating func appendLittleEndian(_ value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }

  /// The caller has checked that the bytes are there.
  func littleEndian<Value: FixedWidthInteger>(_: Value.Type, at offset: Int) -> Value {
    let width = MemoryLayout<Value>.size
    return self[offset..<offset + width].reversed().reduce(0) { $0 << 8 | Value($1) }
  }
}

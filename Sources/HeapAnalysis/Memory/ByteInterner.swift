internal import HeapModel

/// Gives equal byte strings equal small numbers, in the order in which they first come.
///
/// Open addressing over FNV-1a that starts anew in every process; about 30 ns for a class name. Memory is the bytes once, and 20
/// bytes per string.
struct ByteInterner {
  private var bytes: [UInt8] = []
  private var starts: [Int] = [0]
  private var hashes: [UInt64] = []
  /// Number + 1 per slot, 0 for an empty one; a power of two of slots, at most half of them full.
  private var slots: [UInt32]
  private let seed = SeededHash()(0)

  init() {
    slots = Array(repeating: 0, count: 64)
  }

  var count: Int { hashes.count }

  mutating func number(of string: UnsafeBufferPointer<UInt8>) -> Int {
    let hash = self.hash(string)
    let slot = self.slot(of: string, hash: hash)
    if slots[slot] != 0 { return Int(slots[slot]) - 1 }
    bytes.append(contentsOf: string)
    starts.append(bytes.count)
    hashes.append(hash)
    slots[slot] = UInt32(hashes.count)
    if hashes.count * 2 > slots.count { grow() }
    return hashes.count - 1
  }

  mutating func number(of string: [UInt8]) -> Int {
    string.withUnsafeBufferPointer { number(of: $0) }
  }

  /// The number of a string that came before, else nil.
  func knownNumber(of string: UnsafeBufferPointer<UInt8>) -> Int? {
    let slot = self.slot(of: string, hash: hash(string))
    return slots[slot] == 0 ? nil : Int(slots[slot]) - 1
  }

  func bytes(_ number: Int) -> ArraySlice<UInt8> {
    bytes[starts[number]..<starts[number + 1]]
  }

  func string(_ number: Int) -> String {
    String(decoding: bytes[starts[number]..<starts[number + 1]], as: UTF8.self)
  }

  private func slot(of string: UnsafeBufferPointer<UInt8>, hash: UInt64) -> Int {
    let mask = slots.count - 1
    var slot = Int(truncatingIfNeeded: hash) & mask
    while slots[slot] != 0 {
      let number = Int(slots[slot]) - 1
      if hashes[number] == hash, equals(number, string) { break }
      slot = (slot + 1) & mask
    }
    return slot
  }

  private func equals(_ number: Int, _ string: UnsafeBufferPointer<UInt8>) -> Bool {
    let start = starts[number]
    guard starts[number + 1] - start == string.count else { return false }
    for index in 0..<string.count where bytes[start + index] != string[index] { return false }
    return true
  }

  private mutating func grow() {
    slots = Array(repeating: 0, count: slots.count * 2)
    let mask = slots.count - 1
    for (number, hash) in hashes.enumerated() {
      var slot = Int(truncatingIfNeeded: hash) & mask
      while slots[slot] != 0 { slot = (slot + 1) & mask }
      slots[slot] = UInt32(number + 1)
    }
  }

  private func hash(_ string: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var hash = FNV1a64(startingAt: seed)
    hash.add(string)
    return hash.value
  }
}

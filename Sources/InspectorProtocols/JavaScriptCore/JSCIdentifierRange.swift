/// The smallest and largest object id in a snapshot's text, found while it passes by.
///
/// The text begins `{"version":3,"type":"Inspector","nodes":[` and four numbers per node follow,
/// the id first. The root's id is 0 and tells nothing.
struct JSCIdentifierRange: Hashable, Sendable {
  private enum State: Hashable, Sendable {
    /// Before the array; how many bytes of the mark have matched.
    case before(matched: Int)
    case inside
    case behind
  }

  private static let mark = Array("\"nodes\":[".utf8)
  private static let fieldsPerNode = 4

  private(set) var smallest = UInt64.max
  private(set) var largest: UInt64 = 0
  private var state = State.before(matched: 0)
  private var field = 0
  private var number: UInt64 = 0

  mutating func consume(_ text: [UInt8]) {
    guard state != .behind else { return }
    text.withUnsafeBufferPointer { bytes in
      for byte in bytes where state != .behind { consume(byte) }
    }
  }

  private mutating func consume(_ byte: UInt8) {
    switch state {
    case .before(let matched):
      let continues = byte == Self.mark[matched]
      let next = continues ? matched + 1 : (byte == Self.mark[0] ? 1 : 0)
      state = next == Self.mark.count ? .inside : .before(matched: next)
    case .inside:
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        number = number &* 10 &+ UInt64(byte - UInt8(ascii: "0"))
      case UInt8(ascii: ","), UInt8(ascii: "]"):
        if field == 0, number > 0 {
          smallest = min(smallest, number)
          largest = max(largest, number)
        }
        number = 0
        field = (field + 1) % Self.fieldsPerNode
        if byte == UInt8(ascii: "]") { state = .behind }
      default:
        break
      }
    case .behind:
      break
    }
  }
}

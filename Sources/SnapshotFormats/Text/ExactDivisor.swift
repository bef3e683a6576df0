/// Division by a constant that must leave no rest, without dividing.
///
/// For an odd divisor `d` the inverse modulo 2^64 turns every multiple into its quotient and
/// everything else into a number beyond the largest quotient; factors of two are rotated out
/// (Granlund and Montgomery 1994, section 9). Three cycles instead of twenty, for every edge.
struct ExactDivisor {
  private let inverse: UInt64
  private let shift: UInt64
  private let largestQuotient: UInt64

  /// - Parameter divisor: not zero
  init(_ divisor: UInt64) {
    precondition(divisor > 0)
    shift = UInt64(divisor.trailingZeroBitCount)
    let odd = divisor >> shift
    // Newton's iteration doubles the correct low bits; any odd number inverts itself modulo 8.
    var inverse = odd
    for _ in 0..<5 { inverse = inverse &* (2 &- odd &* inverse) }
    self.inverse = inverse
    largestQuotient = UInt64.max / divisor
  }

  /// Divides every value, or answers the index of the first that is negative or leaves a rest;
  /// values from there on are as they were.
  func divide(_ values: UnsafeMutableBufferPointer<Int64>) -> Int? {
    for index in values.indices {
      let value = values[index]
      let product = UInt64(bitPattern: value) &* inverse
      let quotient = product &>> shift | product &<< (64 &- shift)
      guard quotient <= largestQuotient, value >= 0 else { return index }
      values[index] = Int64(bitPattern: quotient)
    }
    return nil
  }
}

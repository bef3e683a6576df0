/// Division by a constant that must leave no rest, without dividing.
///
/// For an odd divisor `d` the inverse modulo 2^64 turns every multiple into its quotient and
/// everything else into a number beyond the largest quotient; factors of two are rotated out
/// (Granlund and Montgomery 1994, section 9). Three cycles instead of twenty, for every edge.
struct ExactDivisor {
  private let odd: UInt64
  private let inverse: UInt64
  private let shift: UInt64
  private let largestQuotient: UInt64

  /// - Parameter divisor: not zero
  init(_ divisor: UInt64) {
    precondition(divisor > 0)
    shift = UInt64(divisor.trailingZeroBitCount)
    odd = divisor >> shift
    // Newton's iteration doubles the correct low bits; any odd number inverts itself modulo 8.
    var inverse = odd
    for _ in 0..<5 { inverse = inverse &* (2 &- odd &* inverse) }
    self.inverse = inverse
    largestQuotient = UInt64.max / divisor
  }

  /// Divides every value, or answers the index of the first that is negative or leaves a rest;
  /// then all are as they were.
  func divide(_ values: UnsafeMutableBufferPointer<Int64>) -> Int? {
    // One pass without a branch per value; the culprit is looked for only when there is one.
    var isExact = true
    for index in values.indices {
      let value = values[index]
      let quotient = quotient(value)
      isExact = isExact && quotient <= largestQuotient && value >= 0
      values[index] = Int64(bitPattern: quotient)
    }
    guard isExact == false else { return nil }
    for index in values.indices {
      let quotient = UInt64(bitPattern: values[index])
      let product = quotient &<< shift | quotient &>> (64 &- shift)
      values[index] = Int64(bitPattern: product &* odd)
    }
    return values.firstIndex { $0 < 0 || quotient($0) > largestQuotient }
  }

  @inline(__always)
  private func quotient(_ value: Int64) -> UInt64 {
    let product = UInt64(bitPattern: value) &* inverse
    return product &>> shift | product &<< (64 &- shift)
  }
}

internal import CFleetMessages

/// What a forced collection did to a target.
package struct CollectionEffect: Hashable, Sendable {
  /// Heap used just before and just after it, in bytes.
  package var usedBefore: UInt64
  package var usedAfter: UInt64
  package var pauseNanoseconds: UInt64

  package init(usedBefore: UInt64, usedAfter: UInt64, pauseNanoseconds: UInt64) {
    self.usedBefore = usedBefore
    self.usedAfter = usedAfter
    self.pauseNanoseconds = pauseNanoseconds
  }
}

extension Fields {
  /// Three numbers that are there together or not at all.
  func collection(
    _ effect: inout CollectionEffect?,
    _ isPresent: inout protobuf_c_boolean,
    _ usedBefore: inout UInt64,
    _ usedAfter: inout UInt64,
    _ pause: inout UInt64
  ) {
    var hasEffect = effect != nil
    flag(&hasEffect, &isPresent)
    var numbers = effect ?? CollectionEffect(usedBefore: 0, usedAfter: 0, pauseNanoseconds: 0)
    value(&numbers.usedBefore, &usedBefore)
    value(&numbers.usedAfter, &usedAfter)
    value(&numbers.pauseNanoseconds, &pause)
    effect = hasEffect ? numbers : nil
  }
}

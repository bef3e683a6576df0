import Cryptography
import TestSupport
import Testing

@Suite struct RandomBytesTests {
  @Test func `no two are the same`() {
    let some = Set((0..<1_000).map { _ in RandomBytes.make(count: 16) })

    expect(some.count, equals: 1_000)
    #expect(some.allSatisfy { $0.count == 16 })
    #expect(RandomBytes.make(count: 0).isEmpty)
  }

  @Test func `secrets are compared whole`() {
    #expect(ConstantTime.areEqual([1, 2, 3], [1, 2, 3]))
    #expect(ConstantTime.areEqual([], []))
    expect(ConstantTime.areEqual([1, 2, 3], [1, 2, 4]), equals: false)
    expect(ConstantTime.areEqual([1, 2, 3], [1, 2]), equals: false)
  }
}

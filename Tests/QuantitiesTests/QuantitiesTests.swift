import Quantities
import TestSupport
import Testing

@Suite struct QuantitiesTests {
  @Test(arguments: [
    ("0", 0), ("1000", 1000), ("12B", 12), ("128KB", 128_000), ("128kb", 128_000),
    ("4GiB", 4 << 30), ("1.5 MB", 1_500_000), ("0.5KiB", 512), ("2TB", 2_000_000_000_000),
    ("", nil), ("KB", nil), ("-1", nil), ("1.5", nil), ("1e3", nil), ("1X", nil), ("1 2", nil),
    ("9999999999999999999", nil), ("9999999TiB", nil), ("1.2.3MB", nil), ("٣KB", nil),
  ])
  func `sizes`(_ text: String, bytes: Int?) {
    expect(ByteSize.parse(text), equals: bytes)
  }

  @Test(
    arguments: [
      ("60s", .seconds(60)), ("5m", .seconds(300)), ("1h30m", .seconds(5400)),
      ("250ms", .milliseconds(250)), ("1.5s", .milliseconds(1500)), ("2d", .seconds(172_800)),
      ("10us", .microseconds(10)), ("0s", .zero),
      ("", nil), ("60", nil), ("s", nil), ("-1s", nil), ("1 h", nil), ("1x", nil), ("1h30", nil),
      ("99999999d", nil), ("1..5s", nil),
    ] as [(String, Duration?)]
  )
  func `times`(_ text: String, duration: Duration?) {
    expect(TimeSpan.parse(text), equals: duration)
  }

  @Test func `what is shown is read back`() {
    var random = SeededGenerator(seed: 5)

    for _ in 0..<1_000 {
      let bytes =
        Int.random(in: 0...1 << 50, using: &random) >> Int.random(in: 0...50, using: &random)
      expect(ByteSize.parse(ByteSize.text(bytes)), equals: bytes)
      expect(ByteSize.parse(ByteSize.text(bytes * 1024)), equals: bytes * 1024)
      let time = Duration.microseconds(Int64(bytes % 800_000_000_000_000))
      expect(TimeSpan.parse(TimeSpan.text(time)), equals: time)
    }
    expect(ByteSize.text(4 << 30), equals: "4GiB")
    expect(ByteSize.text(128_000), equals: "128KB")
    expect(TimeSpan.text(.seconds(90)), equals: "1m30s")
    expect(TimeSpan.text(.seconds(72 * 3600)), equals: "3d")
  }
}

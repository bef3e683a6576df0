internal import CommandLineArguments
internal import HeapModel
internal import Log

/// What is said where a choice chose nothing.
let noTarget = "No target was chosen. 'retinue targets' lists those that are there."

/// Numbers and times as tables show them; what is not known is a dash.
enum HumanText {
  static let unknown = "–"

  /// A number in words; 0 says that it is not known.
  static func known<Number: BinaryInteger>(
    _ number: Number,
    _ words: (Number) -> String
  ) -> String {
    number == 0 ? unknown : words(number)
  }

  /// Whole sentences in lines that the terminal shows whole, an indent before each; of at most 100
  /// letters, since longer ones are hard to read.
  static func sentences(_ text: String, indent: Int = 0) -> [String] {
    let width = min(Terminal.standardOutput.width ?? 100, 100)
    let space = String(repeating: " ", count: indent)
    return TextWrapping.lines(DisplayText.safe(text), width: max(width - indent, 30))
      .map { space + $0 }
  }

  static func bytes(_ bytes: UInt64?) -> String {
    bytes.map { Readable.bytes(Int(clamping: $0)) } ?? unknown
  }

  /// A median of sizes.
  static func bytes(_ median: Double) -> String {
    bytes(UInt64(clamped: median))
  }

  /// Distances from here on belong to what only the engine reaches, as in DevTools.
  static let firstSystemDistance: Int32 = 100_000_000

  static func distance(_ distance: Int32) -> String {
    switch distance {
    case ..<0: unknown
    case firstSystemDistance...: "system"
    default: "\(distance)"
    }
  }

  static func count(_ count: some BinaryInteger) -> String {
    Readable.count(Int(clamping: count))
  }

  /// A median of counts.
  static func count(_ median: Double) -> String {
    count(UInt64(clamped: median))
  }

  static func milliseconds(nanoseconds: UInt64) -> String {
    Readable.duration(.nanoseconds(Int64(clamping: nanoseconds)))
  }

  /// Bytes per hour with their sign.
  static func growth(_ bytesPerHour: Double?) -> String {
    guard let bytesPerHour, bytesPerHour.isFinite, bytesPerHour.magnitude < 1e15 else {
      return unknown
    }
    return Readable.change(ofBytes: Int(bytesPerHour)) + "/h"
  }

  /// `2026-03-01 12:30:00`, UTC.
  static func time(_ time: UnixNanoseconds) -> String {
    guard time > 0 else { return unknown }
    let text = RFC3339.string(nanosecondsSince1970: time, fractionDigits: 0)
    return String(text.dropLast().replacing("T", with: " "))
  }

  /// How long ago that was: `12 s ago`.
  static func age(_ time: UnixNanoseconds, now: UnixNanoseconds = Logger.wallClock()) -> String {
    guard time > 0 else { return unknown }
    let seconds = now > time ? (now - time) / 1_000_000_000 : 0
    return seconds == 0 ? "now" : Readable.duration(.seconds(Int64(clamping: seconds))) + " ago"
  }

  /// A label, or a dash for none.
  static func label(_ text: String) -> String {
    text.isEmpty ? unknown : text
  }
}

extension UInt64 {
  /// The nearest number there is; 0 for what is none.
  fileprivate init(clamped value: Double) {
    self = value > 0 ? (value < 0x1p63 ? UInt64(value) : .max) : 0
  }
}

import CommandLineArguments
import TestSupport
import Testing

@Suite struct TextTableTests {
  private let table: TextTable = {
    var table = TextTable([.text("SERVICE"), .text("SCRIPT", .keepEnd), .number("HEAP")])
    table.append(["checkout", "/srv/checkout/server.js", "12.3 MB"])
    table.append(["pricing", "", "1.0 kB"])
    return table
  }()

  @Test func `columns are aligned, numbers at the right`() {
    expect(
      table.text(for: .none),
      equals: """
        SERVICE   SCRIPT                      HEAP
        checkout  /srv/checkout/server.js  12.3 MB
        pricing                             1.0 kB

        """
    )
  }

  @Test func `the widest text gives way on a narrow terminal`() {
    let narrow = Terminal(isTerminal: true, width: 36, allowsColour: false)

    expect(
      table.text(for: narrow),
      equals: """
        SERVICE   SCRIPT                HEAP
        checkout  …eckout/server.js  12.3 MB
        pricing                       1.0 kB

        """
    )
  }

  @Test func `a column keeps eight letters, and numbers are never cut`() {
    let tiny = Terminal(isTerminal: true, width: 10, allowsColour: false)

    expect(table.text(for: tiny).split(separator: "\n")[1], equals: "checkout  …rver.js  12.3 MB")
  }

  @Test func `titles are bold where colours are allowed`() {
    let colourful = Terminal(isTerminal: true, width: 80, allowsColour: true)
    var table = TextTable([.text("A"), .number("B")])
    table.append([TextTable.Cell("x", .red), "1"])

    expect(
      table.text(for: colourful),
      equals: "\u{1B}[1mA\u{1B}[0m  \u{1B}[1mB\u{1B}[0m\n\u{1B}[31mx\u{1B}[0m  1\n"
    )
  }

  @Test func `a name cannot steer the terminal`() {
    var table = TextTable([.text("NAME")])
    table.append(["\u{1B}[2Jevil\n\u{202E}x"])

    expect(table.text(for: .none), equals: "NAME\n\u{FFFD}[2Jevil\u{FFFD}\u{FFFD}x\n")
  }

  @Test(arguments: [("abc", 3), ("é", 1), ("e\u{301}", 1), ("漢字", 4), ("😀", 2), ("", 0)])
  func `width is in columns`(_ text: String, width: Int) {
    expect(DisplayText.width(text), equals: width)
  }

  @Test func `text is shortened to columns`() {
    expect(DisplayText.beginning("abcdef", width: 4), equals: "abc…")
    expect(DisplayText.beginning("abcd", width: 4), equals: "abcd")
    expect(DisplayText.end("abcdef", width: 4), equals: "…def")
    expect(DisplayText.beginning("漢字漢", width: 4), equals: "漢…")
    expect(DisplayText.beginning("abc", width: 0), equals: "")
  }
}

@Suite struct ReadableTests {
  @Test(arguments: [
    (0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (1_234, "1.2 kB"), (12_345_678, "12.3 MB"),
    (999_499, "999 kB"), (999_500, "1.0 MB"), (99_949, "99.9 kB"), (99_950, "100 kB"),
    (123_456_789_012, "123 GB"), (-5_000, "-5.0 kB"), (.max, "9.2 EB"), (.min, "-9.2 EB"),
  ])
  func `bytes`(_ bytes: Int, text: String) {
    expect(Readable.bytes(bytes), equals: text)
  }

  @Test(arguments: [
    (0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567"),
    (.min, "-9,223,372,036,854,775,808"),
  ])
  func `counts`(_ count: Int, text: String) {
    expect(Readable.count(count), equals: text)
  }

  @Test func `changes have a sign`() {
    expect(Readable.change(ofBytes: 1_234), equals: "+1.2 kB")
    expect(Readable.change(ofBytes: 0), equals: "0 B")
    expect(Readable.change(ofBytes: -1), equals: "-1 B")
    expect(Readable.change(ofCount: 1_000), equals: "+1,000")
    expect(Readable.change(ofCount: -1_000), equals: "-1,000")
  }

  @Test(
    arguments: [
      (.zero, "0 ms"), (.microseconds(20), "20.0 µs"), (.milliseconds(3), "3.0 ms"),
      (.milliseconds(340), "340 ms"), (.milliseconds(999), "999 ms"),
      (.microseconds(999_600), "1.0 s"), (.milliseconds(1_250), "1.3 s"), (.seconds(59), "59.0 s"),
      (.seconds(60), "1 min"), (.seconds(303), "5 min 3 s"), (.seconds(7_500), "2 h 5 min"),
      (.seconds(273_600), "3 d 4 h"), (.seconds(-90), "-1 min 30 s"),
    ] as [(Duration, String)]
  )
  func `durations`(_ duration: Duration, text: String) {
    expect(Readable.duration(duration), equals: text)
  }

  @Test func `shares`() {
    expect(Readable.percent(0.123), equals: "12.3 %")
    expect(Readable.percent(1), equals: "100.0 %")
    expect(Readable.percent(.nan), equals: "– %")
  }
}

import HeapAnalysis
import HeapModel
import TestSupport
import Testing

/// One shape of leak, drawn with as many sessions in it as a heap has.
enum RuleSketch {
  /// The only finding of a series in which thirty come in each step.
  ///
  /// In the healthy twin the oldest thirty go: that must be silent.
  static func finding(_ draw: (inout ProgramSketch, [UInt64]) -> Void) throws -> Finding {
    let healthy = try series([0..<80, 30..<110, 60..<140], draw)
    #expect(LeakFinder().findings(in: healthy).isEmpty)
    let unmatched = try HeapSeries(
      sketches([0..<80, 0..<80, 0..<80], draw),
      areIDsComparable: false
    )
    #expect(LeakFinder().findings(in: unmatched).isEmpty)

    let findings = LeakFinder().findings(in: try series([0..<20, 0..<50, 0..<80], draw))
    expect(findings.count, equals: 1)
    let finding = try #require(findings.first)
    expect(finding.objectsPerStep, equals: [30, 30])
    expect(finding.className, equals: "Session")
    return finding
  }

  private static func series(
    _ ranges: [Range<Int>],
    _ draw: (inout ProgramSketch, [UInt64]) -> Void
  ) throws -> HeapSeries {
    try HeapSeries(sketches(ranges, draw))
  }

  private static func sketches(
    _ ranges: [Range<Int>],
    _ draw: (inout ProgramSketch, [UInt64]) -> Void
  ) -> [ProgramSketch] {
    ranges.map { range in
      var program = ProgramSketch()
      draw(&program, ids(range))
      return program
    }
  }
}

import TestSupport
import Testing

/// The plain expectation itself: if it could not fail, no test could.
struct ExpectTests {
  @Test func `two values that differ are an issue that shows both, where it stands`() {
    let line = #line + 2
    withKnownIssue {
      expect([1, 2], equals: [1, 3], "the list")
    } matching: { issue in
      let said = issue.comments.map(\.rawValue).joined()
      return said.contains("the list") && said.contains("([1, 2]) == ([1, 3])")
        && issue.sourceLocation?.line == line
        && issue.sourceLocation?.fileID == "HeapModelTests/ExpectTests.swift"
    }
  }

  @Test func `two values that are equal are none, nor is absence`() {
    expect([1, 2], equals: [1, 2])
    expect(Optional<Int>.none, equals: nil)
  }
}

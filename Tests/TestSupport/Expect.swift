import Testing

/// Expects a value to be the one that it should be.
///
/// It says what `#expect(actual == expected)` says. The macro costs the compiler 10 to 30 ms a time, most
/// of it for literals whose type it must guess, and there are thousands (docs/decisions/0006); here the
/// type of the literal is that of the value.
public func expect<Value: Equatable>(
  _ actual: Value,
  equals expected: Value,
  _ comment: @autoclosure () -> String = "",
  fileID: String = #fileID,
  filePath: String = #filePath,
  line: Int = #line,
  column: Int = #column
) {
  guard actual != expected else { return }
  let comment = comment()
  Issue.record(
    """
    Expectation failed\(comment.isEmpty ? "" : " (\(comment))"): \
    (\(String(reflecting: actual))) == (\(String(reflecting: expected)))
    """,
    sourceLocation: SourceLocation(
      fileID: fileID,
      filePath: filePath,
      line: line,
      column: column
    )
  )
}

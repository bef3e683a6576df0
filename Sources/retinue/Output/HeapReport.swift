/// A report on one heap that is printed in either form.
protocol HeapReport: Sendable {
  func printJSON()
  func printText()
}

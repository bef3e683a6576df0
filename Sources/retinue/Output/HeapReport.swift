/// A report on one heap that is printed in either form.
protocol HeapReport {
  func printJSON()
  func printText()
}

import CommandLineArguments
import TestSupport
import Testing

@Suite struct SuggestionTests {
  @Test(arguments: [
    ("", "abc", 3), ("abc", "abc", 0), ("abc", "abd", 1), ("abc", "acb", 1), ("abc", "xabc", 1),
    ("kitten", "sitting", 3),
  ])
  func `near words are near`(_ left: String, _ right: String, distance: Int) {
    expect(Suggestion.distance(left, right), equals: distance)
    expect(Suggestion.distance(right, left), equals: distance)
  }
}

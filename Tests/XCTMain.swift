import Testing

/// The test program's entry.
///
/// Where there is one, SwiftPM looks for no XCTest cases in the whole build's index.
@main
struct TestProgram {
  static func main() async {
    await Testing.__swiftPMEntryPoint() as Never
  }
}

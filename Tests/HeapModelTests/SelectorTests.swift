import HeapModel
import TestSupport
import Testing

struct SelectorTests {
  let labels = TargetLabels(service: "checkout", version: "1.4.2", instance: "a", environment: "")

  @Test func `a comma is and`() throws {
    #expect(try Selector("service=checkout,version=1.4.2").matches(labels))
    try expect(Selector("service=checkout,version=1.4.1").matches(labels), equals: false)
  }

  @Test func `a term can be negated`() throws {
    #expect(try Selector("version!=1.4.1").matches(labels))
    try expect(Selector("service!=checkout").matches(labels), equals: false)
  }

  @Test func `an empty selector selects everything`() throws {
    #expect(try Selector("").matches(labels))
  }

  @Test func `what is no label is named`() {
    #expect(
      throws: SelectorError(
        "'color' is not a label; labels are service, version, instance, environment"
      )
    ) {
      try Selector("color=red")
    }
    #expect(throws: SelectorError("'service' is not key=value or key!=value")) {
      try Selector("service")
    }
  }
}

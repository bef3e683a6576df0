import TestSupport
import Testing

@testable import HeapAnalysis

struct KeyFormTests {
  @Test(arguments: [
    ("user-7", "user-[number]"), ("user-70000", "user-[number]"), ("tenant_3", "tenant_[number]"),
    ("user42", "user[number]"), ("request 17", "request [number]"),
    ("10.0.3.7:41234:", "[key]"), ("api.example:443:", "[key]"), ("ann@mail.example", "[key]"),
    ("/users/7/cart", "[key]"), ("src\\main", "[key]"), ("2026-11-27", "[key]"),
    ("3f2a9c1b", "[key]"), ("7b", "[key]"), ("cart-7-open", "[key]"),
    ("V1StGXR8_Z5jdHi6B-myT", "[key]"), ("5f2b8c9d1e3a4b5c6d7e8f90", "[id]"),
    ("6f9619ff-8b86-4011-b42d-00c04fc964ff", "[id]"),
  ])
  func `a key says by its form that it is one`(name: String, form: String) {
    expect(KeyForm(name).text, equals: form)
    expect(KeyForm(form).text, equals: form)
  }

  @Test(arguments: [
    "cache", "users", "_events", "#sessions", "content-type", "utf8Decoder", "<symbol kEvents 1>",
    "get v2.1", "données", "[key]", "",
  ])
  func `a word stays as it is`(name: String) {
    expect(KeyForm(name).text, equals: name)
  }
}

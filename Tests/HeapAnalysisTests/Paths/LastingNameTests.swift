import TestSupport
import Testing

@testable import HeapAnalysis

struct LastingNameTests {
  @Test(arguments: [
    ("127.0.0.1:41234:", "[address]:[number]:"),
    ("10.42.7.19:8080:", "[address]:[number]:"),
    ("::1:8080:", "[address]"),
    ("fd00::5:1a:8080:", "[address]"),
    ("api.internal:8443::::::::::::::", "api.internal:[number]::::::::::::::"),
    ("localhost:8080::6", "localhost:[number]::[number]"),
    ("6f9619ff-8b86-4011-b42d-00c04fc964ff", "[id]"),
    ("session 5f2b8c9d1e3a4b5c6d7e8f90", "session [id]"),
    ("sess_01HZX3KQ9T5V7N2M8R4B6D0FGH", "sess_[id]"),
    ("user-1048576", "user-[number]"),
    ("job20261126", "job[number]"),
    ("room:7", "room:[number]"),
  ])
  func `what another run calls otherwise is left out`(name: String, lasting: String) {
    expect(LastingName(name).text, equals: lasting)
  }

  @Test(arguments: [
    "cache", "_events", "sha256", "iso8859_15", "<symbol kEvents>", "~effect/Fiber", "v2.1.0",
    "effect/GlobalValue", "request 17", "données2", "utf8:text", "http://a/b", "[key]", "deadbeef",
  ])
  func `a name stays as it is`(name: String) {
    expect(LastingName(name).text, equals: name)
  }
}

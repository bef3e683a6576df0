internal import JSONStream

/// What of a page or a process can be talked to; another one as soon as the page is loaded anew.
struct FirefoxTarget: Hashable, Sendable {
  var actor: String
  var memory: String
  var console: String
  var url: String
  /// The process it is in, by the number that Firefox knows it by; 0 where that is not told.
  var processID: Int32

  /// Nil for a target without a memory actor, as workers are.
  init?(_ form: JSONValue) {
    guard let actor = form["actor"]?.string, let memory = form["memoryActor"]?.string else {
      return nil
    }
    self.actor = actor
    self.memory = memory
    console = form["consoleActor"]?.string ?? ""
    url = form["url"]?.string ?? ""
    processID = form["processID"]?.int.flatMap { Int32(exactly: $0) } ?? 0
  }
}

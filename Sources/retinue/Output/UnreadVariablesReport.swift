internal import CommandLineArguments
internal import HeapAnalysis
internal import HeapModel
internal import JSONStream

/// What `retinue analyze --unread-variables` found.
struct UnreadVariablesReport: HeapReport {
  private static let nameLimit = 4

  private let engine: String
  private let partial: PartialReading?
  private let found: UnreadVariables
  private let limit: Int

  /// - Throws: `ClientError` where the snapshot does not tell of scopes.
  init(_ heap: AnalyzedHeap, called name: String, limit: Int) throws(ClientError) {
    guard let found = UnreadVariables(heap) else {
      throw ClientError(
        "\(name): the engine that wrote it does not tell which variables functions read "
          + "(newer Chromium does)"
      )
    }
    engine = heap.graph.engine.name
    partial = heap.graph.partial
    self.found = found
    self.limit = limit
  }

  func printJSON() {
    JSONOutput.object { json in
      json.field("engine", engine)
      json.partial(partial)
      json.field("untoldScripts", found.untoldScripts)
      json.array("scopes", found.scopes) { json, scope in
        json.object { json in
          json.field("script", scope.script)
          json.field("function", scope.function)
          json.field("start", scope.start)
          json.field("end", scope.end)
          json.field("variableCount", scope.variableCount)
          json.field("contextCount", scope.contexts.count)
          json.field("unreadSize", scope.variablesSize)
          json.array("contexts", scope.contexts.prefix(limit)) { write($1, to: &$0) }
        }
      }
    }
  }

  private func write(_ context: UnreadVariables.Context, to json: inout JSONWriter) {
    json.object { json in
      json.field("id", context.id)
      json.field("retainedSize", context.retainedSize)
      json.field("unreadSize", context.variablesSize)
      json.array("variables", context.variables) { json, variable in
        json.object { json in
          json.field("name", variable.name)
          json.field("valueID", variable.valueID)
          json.field("valueName", variable.valueName)
          json.field("class", variable.className)
          json.field("selfSize", variable.selfSize)
          json.field("retainedSize", variable.retainedSize)
        }
      }
    }
  }

  func printText() {
    let contexts = found.scopes.reduce(0) { $0 + $1.contexts.count }
    printLines([
      "\(HumanText.count(contexts)) closures' contexts keep variables that no living function reads",
      "",
    ])
    var table = TextTable([
      .text("DECLARED IN"), .number("CONTEXTS"), .number("UNREAD KEEP"), .text("VARIABLES"),
      .init("ONE OF THEM"),
    ])
    for scope in found.scopes.prefix(limit) {
      let names = scope.contexts.first?.variables.map(\.name) ?? []
      table.append([
        .init(place(scope)), .init(HumanText.count(scope.contexts.count)),
        .init(HumanText.bytes(scope.variablesSize)),
        .init(names.prefix(Self.nameLimit).joined(separator: ", ")),
        .init(scope.contexts.first.map { "@\($0.id)" } ?? ""),
      ])
    }
    table.print(orElse: "Whatever closures keep, a living function reads.")
    let more = found.scopes.count - limit
    if more > 0 { printLines(["… \(more) more functions"]) }
    for script in found.untoldScripts.prefix(limit) {
      printLines(["\(script): the engine tells nothing of this script's scopes"])
    }
  }

  /// Characters count from the beginning of the script.
  private func place(_ scope: UnreadVariables.Scope) -> String {
    let script = scope.script.split(separator: "/").last.map(String.init) ?? scope.script
    let function = scope.function.isEmpty ? "" : scope.function + " "
    return "\(function)\(script) @\(scope.start)–\(scope.end)"
  }
}

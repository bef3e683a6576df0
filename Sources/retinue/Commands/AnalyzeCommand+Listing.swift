internal import CommandLineArguments
internal import HeapAnalysis
internal import HeapModel

extension AnalyzeCommand {
  /// What is listed of a heap instead of its summary.
  enum Listing {
    case objects(conditions: [String], ObjectQuery)
    case paths(conditions: [String], PathQuery)
    case duplicatedStrings
    case allocations
    case unreadVariables

    /// - Throws: `ClientError` where the heap does not tell what is asked for.
    func report(
      on heap: AnalyzedHeap,
      called name: String,
      limit: Int
    ) throws(ClientError) -> any HeapReport {
      switch self {
      case .objects(let conditions, let query):
        return try AnalyzeCommand.explained(name) { () throws(QueryError) in
          try SelectionReport(heap, conditions, query)
        }
      case .paths(let conditions, let query):
        return try AnalyzeCommand.explained(name) { () throws(QueryError) in
          try PathReport(heap, conditions, query)
        }
      case .duplicatedStrings:
        return try AnalyzeCommand.explained(name) { () throws(QueryError) in
          try DuplicatedStringsReport(heap, limit: limit)
        }
      case .allocations:
        return try AllocationsReport(heap, called: name, limit: limit)
      case .unreadVariables:
        return try UnreadVariablesReport(heap, called: name, limit: limit)
      }
    }

    /// How the collector is asked for it, by a snapshot's whole id; nil for lists that it does not
    /// make, for which the snapshot is fetched.
    var question: (@Sendable (String, CollectorClient) async throws -> any HeapReport)? {
      switch self {
      case .objects(let conditions, let query):
        { try await SelectionReport($0, $1, conditions, query) }
      case .paths(let conditions, let query):
        { try await PathReport($0, $1, conditions, query) }
      case .duplicatedStrings, .allocations, .unreadVariables:
        nil
      }
    }
  }

  /// Names the file in the error.
  private static func explained<Report>(
    _ name: String,
    _ body: () throws(QueryError) -> Report
  ) throws(ClientError) -> Report {
    do {
      return try body()
    } catch {
      throw ClientError("\(name): \(error)")
    }
  }

  /// Nil where the summary is asked for.
  static func listing(_ arguments: ParsedArguments) throws(UsageError) -> Listing? {
    var asked: [(option: String, listing: Listing)] = []
    if let query = try query(arguments) { asked.append(("--where", query)) }
    if arguments[duplicates] { asked.append(("--duplicated-strings", .duplicatedStrings)) }
    if arguments[allocations] { asked.append(("--allocations", .allocations)) }
    if arguments[unreadVariables] { asked.append(("--unread-variables", .unreadVariables)) }
    guard let first = asked.first else { return nil }
    guard asked.count == 1 else {
      throw UsageError("\(first.option) and \(asked[1].option) are two lists: ask for one")
    }
    guard !arguments[digests] else {
      throw UsageError("--digests are of the summary, and \(first.option) asks for a list")
    }
    return first.listing
  }

  private static func query(_ arguments: ParsedArguments) throws(UsageError) -> Listing? {
    let conditions = arguments[Self.conditions]
    guard !conditions.isEmpty else {
      guard arguments[sort] == nil, arguments[offset] == nil else {
        throw UsageError("--sort and --offset are for --where")
      }
      guard !arguments[paths] else {
        throw UsageError("--paths are of objects: say of which, such as --where class=Session")
      }
      return nil
    }
    var parsed: [ObjectCondition] = []
    for text in conditions {
      do {
        parsed.append(try ObjectCondition(parsing: text))
      } catch {
        throw UsageError("--where: \(error)")
      }
    }
    guard !arguments[paths] else {
      guard arguments[sort] == nil else {
        throw UsageError("--sort orders objects, and --paths lists paths")
      }
      return .paths(
        conditions: conditions,
        PathQuery(parsed, offset: arguments[offset] ?? 0, limit: arguments[limit])
      )
    }
    let query = ObjectQuery(
      parsed,
      order: arguments[sort] ?? .retained,
      offset: arguments[offset] ?? 0,
      limit: arguments[limit]
    )
    return .objects(conditions: conditions, query)
  }
}

internal import CommandLineArguments
internal import FleetProtocol
internal import HeapModel

/// The options by which targets are chosen.
enum ChoiceOptions {
  static let target = Option.optional(
    "target",
    ValueKind<String>(
      placeholder: "ID",
      meaning: "an id: hexadecimal digits, at least 4 of the beginning"
    ) { text in
      let isHexadecimal = text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) }
      return isHexadecimal && (4...32).contains(text.utf8.count) ? text : nil
    },
    help: "one target, by its id or the beginning of it ('retinue targets' lists them)"
  )
  static let selector = Option.optional(
    "selector",
    short: "s",
    ValueKind<String>.text.named("SELECTOR"),
    help: "all targets with these labels, such as service=checkout,version!=1.4.1"
  )

  static let all: [any AnyOption] = [target, selector]

  /// What was chosen, or nil where nothing was.
  ///
  /// - Throws: `UsageError` for both at once and for a selector that cannot be read.
  static func given(_ arguments: ParsedArguments) throws(UsageError) -> Given? {
    switch (arguments[target], arguments[selector]) {
    case (.some, .some): throw UsageError("give --target or --selector, not both")
    case (let id?, nil): return .target(id)
    case (nil, let text?):
      do {
        _ = try Selector(text)
      } catch {
        throw UsageError("--selector: \(error)")
      }
      return .selector(text)
    case (nil, nil): return nil
    }
  }

  /// What was chosen; an act on the whole fleet must be asked for.
  static func required(_ arguments: ParsedArguments) throws(UsageError) -> Given {
    guard let given = try given(arguments) else {
      throw UsageError("say which targets: --target ID or --selector service=NAME")
    }
    return given
  }

  enum Given {
    /// The id, or its beginning.
    case target(String)
    case selector(String)

    static let everything = Given.selector("")

    /// As the collector understands it; the beginning of an id is looked up.
    func choice(_ client: CollectorClient) async throws -> Choice {
      switch self {
      case .selector(let text): return .selector(text)
      case .target(let text):
        if let id = TargetID(text) { return .target(id) }
        let ids = try await client.targets(.selector(""), includeGone: true).map(\.target.id)
        return .target(try ShortID.only(of: ids, beginningWith: text, called: "target"))
      }
    }
  }
}

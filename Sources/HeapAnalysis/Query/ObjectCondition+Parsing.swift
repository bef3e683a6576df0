internal import HeapModel
internal import Quantities

extension ObjectCondition {
  /// How the conditions are written, for help and errors.
  package static let forms = [
    "class=PATTERN", "class!=PATTERN", "name=PATTERN", "name!=PATTERN", "property=NAME",
    "type=TYPE", "self>SIZE", "retained=SIZE..SIZE", "distance<N", "detached",
    "dominated-by=@ID|PATTERN", "retained-through=@ID|PATTERN",
    "allocated-after=@ID", "allocated-until=@ID", "filter=FILTER",
  ]

  /// Reads `class=Session*`, `retained>=1MB`, `self=1KB..4KB`, `distance<4`, `detached`,
  /// `dominated-by=@4711`, `retained-through=Cache`.
  ///
  /// - Throws: with what is wrong with it, and what would be right.
  package init(parsing text: String) throws(QueryError) {
    let subject = String(text.prefix { $0.isLetter || $0 == "-" })
    let rest = text.dropFirst(subject.count)
    let sign = String(rest.prefix { "=!<>".contains($0) })
    let value = String(rest.dropFirst(sign.count))
    let term = Term(text: text, subject: subject, sign: sign, value: value)
    self =
      switch subject {
      case "class": .className(NamePattern(value), isWanted: try term.isEqual())
      case "name": .name(NamePattern(value), isWanted: try term.isEqual())
      case "property": .property(try term.onlyEqual())
      case "type": .kind(try term.kind())
      case "self": .selfSize(try term.range(to: .max, term.size))
      case "retained": .retainedSize(try term.range(to: .max, term.size))
      case "distance": .distance(try term.distance())
      case "detached": .detached(try term.isYes())
      case "dominated-by": .dominatedBy(try term.choice())
      case "retained-through": .retainedThrough(try term.choice())
      case "allocated-after": .allocatedAfter(try term.id())
      case "allocated-until": .allocatedUntil(try term.id())
      case "filter": .filter(try term.filter())
      default:
        throw term.error("is no condition; write one of \(Self.forms.joined(separator: ", "))")
      }
  }
}

private struct Term {
  let text: String
  let subject: String
  let sign: String
  let value: String

  func error(_ what: String) -> QueryError { QueryError("'\(text)' \(what)") }

  /// True for `=`, false for `!=`.
  func isEqual() throws(QueryError) -> Bool {
    guard ["=", "!="].contains(sign), !value.isEmpty else {
      throw error("needs '=' or '!=' and a text behind it")
    }
    return sign == "="
  }

  func onlyEqual() throws(QueryError) -> String {
    guard sign == "=", !value.isEmpty else { throw error("needs '=' and a text behind it") }
    return value
  }

  func kind() throws(QueryError) -> NodeKind {
    let name = try onlyEqual()
    guard let kind = NodeKind.allCases.first(where: { $0.name == name }) else {
      throw error(
        "is no type; write one of \(NodeKind.allCases.map(\.name).joined(separator: ", "))"
      )
    }
    return kind
  }

  func filter() throws(QueryError) -> DevToolsFilter {
    guard let filter = DevToolsFilter(rawValue: try onlyEqual()) else {
      let filters = DevToolsFilter.allCases.map(\.rawValue).joined(separator: ", ")
      throw error("is no filter; write one of \(filters)")
    }
    return filter
  }

  func isYes() throws(QueryError) -> Bool {
    switch (sign, value) {
    case ("", ""), ("=", "yes"), ("=", "true"): true
    case ("=", "no"), ("=", "false"): false
    default: throw error("takes nothing, '=yes' or '=no'")
    }
  }

  func choice() throws(QueryError) -> ObjectChoice {
    let value = try onlyEqual()
    return value.first == "@" ? .id(try id()) : .className(NamePattern(value))
  }

  func id() throws(QueryError) -> UInt64 {
    let value = try onlyEqual()
    guard value.first == "@", let id = UInt64(value.dropFirst()) else {
      throw error("is no id such as '@4711'")
    }
    return id
  }

  func size(_ text: Substring) throws(QueryError) -> UInt64 {
    guard let bytes = ByteSize.parse(String(text)), bytes >= 0 else {
      throw error("needs a size such as 128KB or 1000")
    }
    return UInt64(bytes)
  }

  func distance() throws(QueryError) -> ClosedRange<Int32> {
    switch (sign, value) {
    case ("=", "system"): return AnalyzedHeap.systemDistance...Int32.max
    case ("=", "unreachable"): return Int32.min...(-1)
    default:
      let nearest = AnalyzedHeap.systemDistance - 1
      return try range(to: nearest) { text throws(QueryError) in
        guard let steps = Int32(text), 0...nearest ~= steps else {
          throw self.error("needs a number of steps, 'system' or 'unreachable'")
        }
        return steps
      }
    }
  }

  /// `>5`, `>=5`, `<5`, `<=5`, `=5`, `=5..9`, which has both ends in it.
  func range<Number: FixedWidthInteger>(
    to highest: Number,
    _ read: (Substring) throws(QueryError) -> Number
  ) throws(QueryError) -> ClosedRange<Number> {
    if sign == "=", let dots = value.firstRange(of: "..") {
      let lowest = try read(value[..<dots.lowerBound])
      let most = try read(value[dots.upperBound...])
      guard lowest <= most else { throw error("is an empty range") }
      return lowest...most
    }
    let number = try read(value[...])
    switch sign {
    case "=": return number...number
    case ">=": return number...highest
    case "<=": return 0...number
    case ">" where number < highest: return (number + 1)...highest
    case "<" where number > 0: return 0...(number - 1)
    case ">", "<": throw error("can be true of nothing")
    default: throw error("needs one of >, >=, <, <=, = behind '\(subject)'")
    }
  }
}

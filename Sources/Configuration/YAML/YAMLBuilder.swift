/// Builds a document from events, without recursion, within limits.
struct YAMLBuilder {
  /// A list or group that is still open.
  private struct Open {
    let position: ConfigurationError.Position
    let isMapping: Bool
    var elements: [YAMLNode] = []
    var members: [YAMLNode.Member] = []
    var keys: Set<String> = []
    /// In a mapping, the key that waits for its value.
    var key: (text: String, position: ConfigurationError.Position)?

    var node: YAMLNode {
      YAMLNode(content: isMapping ? .mapping(members) : .sequence(elements), position: position)
    }
  }

  private let limits: YAMLLimits
  private var open: [Open] = []
  private var nodeCount = 0
  private var documentCount = 0
  private(set) var root = YAMLNode(
    content: .scalar("", isQuoted: false),
    position: .init(line: 1, column: 1)
  )
  private(set) var isFinished = false

  init(limits: YAMLLimits) {
    self.limits = limits
  }

  mutating func receive(_ event: YAMLEvent) throws(ConfigurationError) {
    let position = event.position
    if event.hasAnchor { throw ConfigurationError("anchors are not allowed", at: position) }
    if event.hasTag { throw ConfigurationError("tags are not allowed", at: position) }
    switch event.kind {
    case .alias:
      throw ConfigurationError("aliases are not allowed", at: position)
    case .documentStart:
      documentCount += 1
      guard documentCount == 1 else {
        throw ConfigurationError("a second document is not allowed", at: position)
      }
    case .scalar(let text, let isQuoted):
      try receiveScalar(text, isQuoted: isQuoted, at: position)
    case .sequenceStart, .mappingStart:
      var isMapping = false
      if case .mappingStart = event.kind { isMapping = true }
      try begin(isMapping: isMapping, at: position)
    case .end:
      place(open.removeLast().node)
    case .streamEnd:
      isFinished = true
    case .other:
      break
    }
  }

  private mutating func receiveScalar(
    _ text: String,
    isQuoted: Bool,
    at position: ConfigurationError.Position
  ) throws(ConfigurationError) {
    try countNode(at: position)
    guard let last = open.indices.last, open[last].isMapping, open[last].key == nil else {
      place(YAMLNode(content: .scalar(text, isQuoted: isQuoted), position: position))
      return
    }
    guard open[last].keys.insert(text).inserted else {
      throw ConfigurationError("the key '\(text)' is given twice", at: position)
    }
    open[last].key = (text, position)
  }

  private mutating func begin(
    isMapping: Bool,
    at position: ConfigurationError.Position
  ) throws(ConfigurationError) {
    try countNode(at: position)
    if let last = open.last, last.isMapping, last.key == nil {
      throw ConfigurationError("a key must be a text", at: position)
    }
    guard open.count < limits.depth else {
      throw ConfigurationError("more than \(limits.depth) levels", at: position)
    }
    open.append(Open(position: position, isMapping: isMapping))
  }

  private mutating func place(_ node: YAMLNode) {
    guard let last = open.indices.last else {
      root = node
      return
    }
    if let key = open[last].key {
      open[last].members.append(.init(key: key.text, position: key.position, value: node))
      open[last].key = nil
    } else {
      open[last].elements.append(node)
    }
  }

  private mutating func countNode(
    at position: ConfigurationError.Position
  ) throws(ConfigurationError) {
    nodeCount += 1
    guard nodeCount <= limits.nodes else {
      throw ConfigurationError("more than \(limits.nodes) values", at: position)
    }
  }
}

extension YAMLNode {
  /// Reads a whole document.
  ///
  /// - Throws: what is wrong with the line and column, also for what is YAML and not allowed here
  package init(
    parsing text: [UInt8],
    limits: YAMLLimits = YAMLLimits()
  ) throws(ConfigurationError) {
    self = try YAMLParser().parse(text, limits: limits)
  }

  package init(
    parsing text: String,
    limits: YAMLLimits = YAMLLimits()
  ) throws(ConfigurationError) {
    try self.init(parsing: Array(text.utf8), limits: limits)
  }
}

/// A part of a YAML document, and where it stands.
///
/// Scalars stay text: whether `no` is a word or a truth is for the one to say who asks for it.
package struct YAMLNode: Hashable, Sendable {
  package indirect enum Content: Hashable, Sendable {
    /// `isQuoted` tells the text `""` from no text at all.
    case scalar(String, isQuoted: Bool)
    case sequence([YAMLNode])
    /// Members in the order of the document, no key twice.
    case mapping([Member])
  }

  package struct Member: Hashable, Sendable {
    package let key: String
    package let position: ConfigurationError.Position
    package let value: YAMLNode
  }

  package let content: Content
  package let position: ConfigurationError.Position

  /// What it is, for error messages.
  var kind: String {
    switch content {
    case .scalar("", isQuoted: false): "nothing"
    case .scalar("", isQuoted: true): "an empty text"
    case .scalar: "a text"
    case .sequence: "a list"
    case .mapping: "a group of keys"
    }
  }
}

/// What a document may cost; far above any configuration, far below any harm.
package struct YAMLLimits: Hashable, Sendable {
  package var bytes: Int
  package var depth: Int
  package var nodes: Int

  package init(bytes: Int = 1 << 20, depth: Int = 32, nodes: Int = 10_000) {
    self.bytes = bytes
    self.depth = depth
    self.nodes = nodes
  }
}

internal import CYAML

/// Reads YAML with libyaml, one event after the other, and refuses what a configuration does not
/// need and an attacker does: anchors, aliases, tags, several documents.
///
/// Owns one `yaml_parser_t`, which points into itself, so it is allocated and never moves.
struct YAMLParser: ~Copyable {
  private let parser: UnsafeMutablePointer<yaml_parser_t>

  init() {
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    guard yaml_parser_initialize(parser) == 1 else {
      preconditionFailure("no memory for a YAML parser")
    }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
  }

  /// Reads a whole document; an empty one is a scalar without text.
  consuming func parse(
    _ text: [UInt8],
    limits: YAMLLimits
  ) throws(ConfigurationError) -> YAMLNode {
    guard text.count <= limits.bytes else {
      throw ConfigurationError("\(text.count) bytes, more than \(limits.bytes)", at: nil)
    }
    let result: Result<YAMLNode, ConfigurationError> = text.withUnsafeBufferPointer { bytes in
      yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
      var builder = YAMLBuilder(limits: limits)
      do throws(ConfigurationError) {
        while builder.isFinished == false {
          try builder.receive(try nextEvent())
        }
        return .success(builder.root)
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private func nextEvent() throws(ConfigurationError) -> YAMLEvent {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw problem }
    defer { yaml_event_delete(&event) }
    return YAMLEvent(event)
  }

  /// What libyaml says is wrong.
  private var problem: ConfigurationError {
    let text = parser.pointee.problem.map { String(cString: $0) } ?? "not YAML"
    let context = parser.pointee.context.map { " \(String(cString: $0))" } ?? ""
    guard parser.pointee.error != YAML_READER_ERROR else {
      // The reader knows offsets only.
      return ConfigurationError("\(text) (byte \(parser.pointee.problem_offset))", at: nil)
    }
    return ConfigurationError("\(text)\(context)", at: .init(parser.pointee.problem_mark))
  }
}

/// An event of libyaml as a Swift value.
struct YAMLEvent {
  enum Kind {
    case scalar(String, isQuoted: Bool)
    case sequenceStart
    case mappingStart
    case end
    case alias
    case documentStart
    case streamEnd
    /// Beginnings and ends that carry nothing.
    case other
  }

  let kind: Kind
  let position: ConfigurationError.Position
  let hasAnchor: Bool
  let hasTag: Bool

  init(_ event: yaml_event_t) {
    position = .init(event.start_mark)
    var anchor: UnsafeMutablePointer<yaml_char_t>?
    var tag: UnsafeMutablePointer<yaml_char_t>?
    switch event.type {
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      (anchor, tag) = (scalar.anchor, scalar.tag)
      let bytes = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
      kind = .scalar(
        String(decoding: bytes, as: UTF8.self),
        isQuoted: scalar.style != YAML_PLAIN_SCALAR_STYLE
      )
    case YAML_SEQUENCE_START_EVENT:
      (anchor, tag) = (event.data.sequence_start.anchor, event.data.sequence_start.tag)
      kind = .sequenceStart
    case YAML_MAPPING_START_EVENT:
      (anchor, tag) = (event.data.mapping_start.anchor, event.data.mapping_start.tag)
      kind = .mappingStart
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT: kind = .end
    case YAML_ALIAS_EVENT: kind = .alias
    case YAML_DOCUMENT_START_EVENT: kind = .documentStart
    case YAML_STREAM_END_EVENT: kind = .streamEnd
    default: kind = .other
    }
    hasAnchor = anchor != nil
    hasTag = tag != nil
  }
}

extension ConfigurationError.Position {
  init(_ mark: yaml_mark_t) {
    self.init(line: mark.line + 1, column: mark.column + 1)
  }
}

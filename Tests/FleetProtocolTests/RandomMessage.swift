internal import TestSupport

/// A valid message with random content, built from the contract's text.
///
/// `bytes` is the one encoding that writers in order of field numbers agree on: nothing is zero or
/// empty that protobuf would leave out.
struct RandomMessage {
  private let schema = ContractSchema.shared
  private var random: SeededGenerator
  /// Every field written at the top level, by its name in the contract.
  private(set) var written: [String: Written] = [:]

  enum Written: Equatable {
    case number(UInt64)
    case signed(Int64)
    case double(Double)
    case text(String)
    case other
  }

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
  }

  mutating func bytes(of message: String) -> [UInt8] {
    bytes(of: message, depth: 0)
  }

  private mutating func bytes(of message: String, depth: Int) -> [UInt8] {
    switch message {
    case "UsagePoints": return usagePoints()
    case "CollectionPoints": return collectionPoints()
    case "Census": return census()
    default: break
    }
    var writer = WireWriter()
    let shape = Shape(random: &random)
    var taken: Set<String> = []
    for field in schema.messages[message] ?? [] where !isLeftOut(field, of: message, shape) {
      if let oneof = field.oneof {
        let isLast = field == schema.messages[message]?.last { $0.oneof == oneof }
        guard !taken.contains(oneof), isLast || Bool.random(using: &random) else { continue }
        taken.insert(oneof)
      }
      write(field, of: message, shape, depth, to: &writer)
    }
    return writer.bytes
  }

  /// What is decided once per message.
  private struct Shape {
    var count: Int
    var runtime: (name: String, engine: String)
    var hasCollection: Bool
    var choosesTarget: Bool

    init(random: inout SeededGenerator) {
      count = Int.random(in: 1...5, using: &random)
      runtime = Bool.random(using: &random) ? ("node", "v8") : ("bun", "javascriptcore")
      hasCollection = Bool.random(using: &random)
      choosesTarget = Bool.random(using: &random)
    }
  }

  private func isLeftOut(_ field: ContractSchema.Field, of message: String, _ shape: Shape) -> Bool
  {
    switch (message, field.name) {
    case ("Choice", "target_id"): !shape.choosesTarget
    case ("Choice", "selector"): shape.choosesTarget
    case ("CommandUpdate", "has_collection"), ("CommandUpdate", "used_before"),
      ("CommandUpdate", "used_after"), ("CommandUpdate", "pause_nanos"),
      ("TargetEvent", "has_collection"), ("TargetEvent", "used_before"),
      ("TargetEvent", "used_after"), ("TargetEvent", "pause_nanos"):
      !shape.hasCollection
    case ("TargetRow", "usage"): true  // its target must be the row's: checked by hand
    default: false
    }
  }

  private mutating func write(
    _ field: ContractSchema.Field,
    of message: String,
    _ shape: Shape,
    _ depth: Int,
    to writer: inout WireWriter
  ) {
    var note = Written.other
    defer { if depth == 0 { written[field.name] = note } }
    switch (field.type, field.isRepeated) {
    case ("string", false):
      let text = text(of: field.name, message, shape)
      note = .text(text)
      writer.text(field.number, text)
    case ("string", true):
      for _ in 0..<shape.count {
        // In a list, an empty text is one too.
        let text = text(of: field.name, message, shape)
        let isKey = text.utf8.count == 32
        writer.text(field.number, isKey || Bool.random(using: &random) ? text : "")
      }
    case ("bytes", _):
      writer.delimited(field.number, bytes(count: field.name == "sha256" ? 32 : 300))
    case ("bool", _):
      writer.number(field.number, 1)
    case ("double", _):
      let value = Double.random(in: -1e9...1e9, using: &random)
      note = .double(value)
      writer.fixed64(field.number, value.bitPattern)
    case ("fixed64", false):
      let value = UInt64.random(in: 1...UInt64.max, using: &random)
      note = .number(value)
      writer.fixed64(field.number, value)
    case ("fixed64", true):
      let values = (0..<shape.count).map { _ in UInt64.random(in: 0...UInt64.max, using: &random) }
      writer.delimited(field.number, values.flatMap(littleEndian))
    case ("uint32", true), ("uint64", true), ("sint32", true):
      writer.delimited(field.number, packed(shape.count, field.type))
    case ("uint32", false), ("uint64", false), ("int32", false):
      let value = number(of: field, message)
      note = field.type == "int32" ? .signed(Int64(value)) : .number(value)
      writer.number(field.number, value)
    default:
      if schema.messages[field.type] == nil {
        writer.number(
          field.number,
          UInt64.random(in: 1...lastWord(of: field, message), using: &random)
        )
        break
      }
      for _ in 0..<(field.isRepeated ? shape.count : 1) {
        writer.delimited(field.number, bytes(of: field.type, depth: depth + 1))
      }
    }
  }

  private mutating func number(of field: ContractSchema.Field, _ message: String) -> UInt64 {
    let highest: UInt64 =
      switch (message, field.name) {
      case ("Target", "state"): 7
      case ("SnapshotRow", "state"): 4
      case (_, "kind") where message.hasPrefix("Measure"): 2
      case (_, "raw_size"): 1 << 20
      case (_, "stack_depth"): 128
      case (_, "wait_millis"): 60_000
      case _ where field.type == "uint64": .max
      case _ where field.type == "int32": UInt64(Int32.max)
      default: UInt64(UInt32.max)
      }
    return UInt64.random(in: 1...highest, using: &random)
  }

  /// Enumerations of the contract are `State` and `Kind`, in several messages.
  private func lastWord(of field: ContractSchema.Field, _ message: String) -> UInt64 {
    switch message {
    case "CommandUpdate": 4
    case "TargetEvent": 5
    default: 2
    }
  }

  private mutating func text(of name: String, _ message: String, _ shape: Shape) -> String {
    switch name {
    case "runtime" where message != "LeakSite": return shape.runtime.name
    case "engine": return shape.runtime.engine
    case "id", "fingerprint", "running_commands", "finished_commands", "profile_ids":
      return identifier()
    case _ where name.hasSuffix("_id") && name != "boot_id" && name != "script_id":
      return identifier()
    default:
      let letters: [Character] = ["a", "Z", "/", " ", "é", "√", "🜚", "\n", "\u{7F}"]
      let count = Int.random(in: 1...40, using: &random)
      return String((0..<count).map { _ in letters.randomElement(using: &random) ?? "a" })
    }
  }

  private mutating func identifier() -> String {
    String((0..<32).map { _ in "0123456789abcdef".randomElement(using: &random) ?? "0" })
  }

  private mutating func bytes(count: Int) -> [UInt8] {
    (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
  }

  private mutating func packed(_ count: Int, _ type: String) -> [UInt8] {
    var column = WireWriter()
    for _ in 0..<count {
      column.varint(
        UInt64.random(in: 0...UInt64.max >> (type == "uint64" ? 0 : 32), using: &random)
      )
    }
    return column.bytes
  }

  // MARK: - Messages whose columns depend on each other

  private mutating func column(
    _ values: [UInt64],
    _ field: Int,
    to writer: inout WireWriter
  ) {
    var column = WireWriter()
    for value in values { column.varint(value) }
    writer.delimited(field, column.bytes)
  }

  private mutating func usagePoints() -> [UInt8] {
    var writer = WireWriter()
    let points = Int.random(in: 1...6, using: &random)
    let present = (0..<points).map { _ in UInt64.random(in: 0...63, using: &random) }
    writer.text(1, identifier())
    writer.delimited(2, (0..<points).flatMap { _ in littleEndian(random.next()) })
    column(present, 3, to: &writer)
    column(present.map { _ in random.next() }, 4, to: &writer)
    column(present.map { _ in random.next() }, 5, to: &writer)
    for optional in 0..<5 {
      column(present.map { $0 >> optional & 1 == 0 ? 0 : random.next() }, 6 + optional, to: &writer)
    }
    for space in 0..<Int.random(in: 0...3, using: &random) {
      var inner = WireWriter()
      inner.text(1, "space \(space)")
      column((0..<points).map(UInt64.init), 2, to: &inner)
      column(present.map { _ in random.next() }, 3, to: &inner)
      column(present.map { _ in random.next() }, 4, to: &inner)
      writer.delimited(11, inner.bytes)
    }
    guard present.contains(where: { $0 & 32 != 0 }) else { return writer.bytes }
    for field in 12...14 {
      column(present.map { $0 & 32 == 0 ? 0 : random.next() }, field, to: &writer)
    }
    return writer.bytes
  }

  private mutating func collectionPoints() -> [UInt8] {
    var writer = WireWriter()
    let count = Int.random(in: 1...6, using: &random)
    let present = (0..<count).map { _ in UInt64.random(in: 0...3, using: &random) }
    writer.text(1, identifier())
    writer.delimited(2, (0..<count).flatMap { _ in littleEndian(random.next()) })
    column(present.map { _ in UInt64.random(in: 1...4, using: &random) }, 3, to: &writer)
    column(present.map { _ in random.next() >> 32 }, 4, to: &writer)
    column(present.map { _ in random.next() }, 5, to: &writer)
    column(present.map { _ in random.next() }, 6, to: &writer)
    column(present, 7, to: &writer)
    column(present.map { $0 & 1 == 0 ? 0 : random.next() }, 8, to: &writer)
    column(present.map { $0 & 2 == 0 ? 0 : random.next() }, 9, to: &writer)
    column(present.map { _ in random.next() >> 32 }, 10, to: &writer)
    return writer.bytes
  }

  private mutating func census() -> [UInt8] {
    var writer = WireWriter()
    let rows = (0..<Int.random(in: 1...6, using: &random)).map { "class \($0)" }
    column(rows.map { _ in UInt64.random(in: 1...5, using: &random) }, 1, to: &writer)
    for name in rows { writer.text(2, name) }
    column(rows.map { _ in random.next() }, 3, to: &writer)
    column(rows.map { _ in random.next() }, 4, to: &writer)
    return writer.bytes
  }
}

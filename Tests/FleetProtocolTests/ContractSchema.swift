internal import FoundationEssentials
internal import TestSupport

/// The contract as `proto/` states it, read by the tests themselves: what they check the Swift
/// values against is the text of the contract and not the code under test.
struct ContractSchema {
  struct Field: Equatable {
    var name: String
    var number: Int
    var type: String
    var isRepeated: Bool
    /// Fields of one oneof, of which a message has at most one.
    var oneof: String?
  }

  private(set) var messages: [String: [Field]] = [:]
  /// The highest number of each enumeration; they count from 0 without gaps.
  private(set) var enumerations: [String: Int] = [:]

  static let folder = SharedMaterial.packageRoot + "/proto"
  static let files = ["common", "control", "upload", "query"].map {
    "retinue/fleet/v1/\($0).proto"
  }

  static let shared: ContractSchema = {
    var schema = ContractSchema()
    for file in files {
      guard let text = FileManager.default.contents(atPath: "\(folder)/\(file)") else { continue }
      schema.read(String(decoding: text, as: UTF8.self))
    }
    return schema
  }()

  /// Reads the few forms that our files are written in.
  private mutating func read(_ text: String) {
    var scopes: [(kind: String, name: String)] = []
    for line in text.split(separator: "\n") {
      let code = line.split(separator: "//", maxSplits: 1, omittingEmptySubsequences: false)[0]
      for statement in Self.statements(of: code) {
        let words = statement.split(separator: " ").map(String.init)
        switch words.last {
        case "{": scopes.append((words[0], words[1]))
        case "}": scopes.removeLast()
        default: add(words, in: scopes)
        }
        if words.count == 3, words[0] == "message" { messages[words[1]] = [] }
      }
    }
  }

  /// `oneof a { uint32 b = 1; }` is `oneof a {`, `uint32 b = 1` and `}`.
  private static func statements(of line: Substring) -> [String] {
    line.replacing("{", with: "{;").replacing("}", with: ";};").split(separator: ";")
      .map { $0.split(separator: " ").joined(separator: " ") }
      .filter { !$0.isEmpty }
  }

  private mutating func add(_ words: [String], in scopes: [(kind: String, name: String)]) {
    guard let message = scopes.last(where: { $0.kind == "message" })?.name,
      let scope = scopes.last, words.count >= 3, let number = Int(words[words.count - 1])
    else { return }
    if scope.kind == "enum" {
      enumerations[scope.name] = max(enumerations[scope.name] ?? 0, number)
      return
    }
    messages[message, default: []].append(
      Field(
        name: words[words.count - 3],
        number: number,
        type: words[words.count - 4],
        isRepeated: words[0] == "repeated",
        oneof: scope.kind == "oneof" ? scope.name : nil
      )
    )
  }
}

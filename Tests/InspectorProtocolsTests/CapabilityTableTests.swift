import FoundationEssentials
import HeapModel
import InspectorProtocols
import TestSupport
import Testing

/// `docs/runtimes.md` shows what the code has.
struct CapabilityTableTests {
  private static let begin = "<!-- The table is made from InspectorProtocol.heapKinds. -->\n"

  private var table: String {
    let kinds = InspectorProtocol.heapKinds
    let titles = kinds.map { kind in
      kind.name.isEmpty ? kind.runtime.rawValue : "\(kind.runtime.rawValue): \(kind.name)"
    }
    let rows = Capabilities.names.map { capability, name in
      let cells = kinds.map { $0.capabilities.contains(capability) ? "yes" : "–" }
      return "| `\(name)` | \(cells.joined(separator: " | ")) |"
    }
    let head = [
      "| | \(titles.joined(separator: " | ")) |",
      "|---" + String(repeating: "|---", count: kinds.count) + "|",
    ]
    return (head + rows).joined(separator: "\n") + "\n"
  }

  @Test func `the page's table is what the code says`() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(
      contentsOf: root.appending(path: "docs/runtimes.md"),
      encoding: .utf8
    )
    let shown = page.components(separatedBy: Self.begin).last?.components(separatedBy: "\n\n").first
    expect(shown.map { $0 + "\n" }, equals: table, "put this there:\n\(table)")
  }
}

import HeapModel
import TestSupport

/// Small random heaps that meet all the odd rules: weakly held objects, cycles that nothing holds,
/// references to oneself, shortcuts, pages, WeakMap pairs, detached states, chains of helpers, map
/// descriptors, interfaces with odd property names, equal names with different positions.
struct RandomHeap {
  private var random: SeededGenerator
  private(set) var text: V8SnapshotText

  private static let names = [
    "Object", "Object", "Object", "Array", "User", "Admin", "Function", "system / NativeContext",
    "system / NativeContext / https://a.example", "(map descriptors)",
    "system / ExternalStringData", "system / JSArrayBufferData", "<div id=\"a\">", "<div>",
    "<p class=x y>", "Detached <b c>", "Text", "Map", "", "Ωmega", "say \"hi\"",
    "(Document DOM trees)", "Node / X",
  ]
  private static let properties = [
    "a", "b", "c", "d", "e", "__proto__", "x,y", "q\"uote", "br{ace", "it's",
    "longer_property_name_number_one", "longer_property_name_number_two",
    "longer_property_name_number_three", "ключ", "😀", "7", "map", "elements",
  ]
  private static let internals = [
    "elements", "map", "map", "native_context", "sloppy_function_map", "first", "5", "10", "13",
  ]
  private static let shapes = [
    ["a", "b"], ["b", "a"], ["a", "b", "c"], ["x,y", "q\"uote"], ["a", "a"],
    Array(properties[10...14]),
  ]

  init(seed: UInt64) {
    random = SeededGenerator(seed: seed)
    text = V8SnapshotText(style: V8SnapshotText.Style.allCases[Int(seed % 3)])
    let count = 5 + number(60)
    let hasUsers = chance(0.7)
    for _ in 1..<count { addNode(mayBeUser: hasUsers) }
    if !hasUsers { makeRootsSynthetic() }
    for node in 0..<count { addEdges(from: node, count, hasUsers) }
    for _ in 0..<count / 8 { addWeakMapPair(count) }
    for node in 1..<count where chance(0.3) {
      text.location(of: node, script: number(3), line: number(4), column: number(3))
    }
  }

  private var synthetics: [Int] = []
  private var ids: [UInt64] = [1]

  private mutating func number(_ limit: Int) -> Int {
    Int.random(in: 0..<max(limit, 1), using: &random)
  }

  private mutating func chance(_ share: Double) -> Bool {
    Double.random(in: 0..<1, using: &random) < share
  }

  private mutating func pick<Element>(_ list: [Element]) -> Element {
    list[number(list.count)]
  }

  private mutating func addNode(mayBeUser: Bool) {
    let types = text.nodeTypes
    let type: String
    switch number(10) {
    case 0..<3: type = "object"
    case 3..<5: type = pick(["hidden", "array"])
    case 5..<7: type = "native"
    default: type = pick(types)
    }
    let size = chance(0.15) ? 0 : UInt64(8 * (1 + number(40)))
    let hasState = type == "native" && chance(0.35) || chance(0.03)
    ids.append((ids.last ?? 1) + UInt64(1 + number(3)))
    let node = text.node(
      pick(Self.names),
      type: type,
      id: ids.last,
      size: size,
      detachedness: hasState ? 1 + number(2) : 0
    )
    if type == "synthetic" { synthetics.append(node) }
  }

  private mutating func makeRootsSynthetic() {
    ids.append((ids.last ?? 1) + 2)
    synthetics = [text.node("(GC roots)", type: "synthetic", id: ids.last, size: 0)]
  }

  private mutating func addEdges(from node: Int, _ count: Int, _ hasUsers: Bool) {
    if node == 0 {
      for _ in 0..<1 + number(6) {
        let target = hasUsers ? 1 + number(count - 1) : pick(synthetics)
        if hasUsers, chance(0.4) {
          text.edge(from: 0, to: target, named: "\(number(9))", type: "shortcut")
        } else {
          text.edge(from: 0, to: target, index: UInt32(number(30)))
        }
      }
      if !hasUsers {
        for _ in 0..<4 { text.edge(from: synthetics[0], to: 1 + number(count - 1), index: 1) }
      }
      return
    }
    if chance(0.25) {
      for property in pick(Self.shapes) {
        text.edge(from: node, to: number(count), named: property)
      }
    }
    for _ in 0..<number(5) {
      let target = chance(0.05) ? node : chance(0.5) ? min(count - 1, node + 1) : number(count)
      switch number(12) {
      case 0: text.edge(from: node, to: target, named: pick(Self.properties), type: "weak")
      case 1: text.edge(from: node, to: target, named: "\(number(9))", type: "shortcut")
      case 2: text.edge(from: node, to: target, index: UInt32(number(30)), type: "hidden")
      case 3: text.edge(from: node, to: target, index: UInt32(number(30)))
      case 4: text.edge(from: node, to: target, named: pick(Self.properties), type: "context")
      case 5..<8: text.edge(from: node, to: target, named: pick(Self.internals), type: "internal")
      default: text.edge(from: node, to: target, named: pick(Self.properties))
      }
    }
  }

  private mutating func addWeakMapPair(_ count: Int) {
    let (key, table, value) = (number(count), number(count), number(count))
    let pair =
      " / part of key (K @\(ids[key])) -> value (V @\(ids[value])) pair in WeakMap "
      + "(table @\(ids[table]))"
    text.edge(from: key, to: value, named: "\(number(90))\(pair)", type: "internal")
    if chance(0.9) {
      text.edge(from: table, to: value, named: "\(number(90))\(pair)", type: "internal")
    }
  }
}

internal import HeapModel

/// A name that one of DevTools' rules asks for.
enum NameRole: UInt8 {
  case none = 0
  case map
  case nativeContextReference
  case elements
  case sloppyFunctionMap
  case weakMapPair
  case nativeContext
  case nativeContextWithOrigin
  case detachedNativeContext
  case mapDescriptors
  case externalStringData
  case arrayBufferData
  case array
  case object
  case documentTrees
  case prototypeProperty
}

/// Which names of a heap play a part in the rules: one byte per name, found in one walk over the
/// names, so that the walks over objects and references compare no strings.
struct NameRoles {
  /// `NameRole` as raw values.
  let role: PooledArray<UInt8>

  /// The names that say "part of key … pair in WeakMap", ascending.
  private let weakMapNames: [UInt32]
  private let weakMapPairs: [WeakMapPair]
  /// How many different pairs there are.
  let weakMapPairCount: Int

  struct WeakMapPair {
    /// Equal for the two references (from the key and from the table) that make one pair.
    var pair: UInt32
    /// The id of the table's node.
    var tableID: UInt64
  }

  init(names: StringTable, pool: MemoryPool) {
    role = pool.array(repeating: NameRole.none.rawValue, count: names.count)
    var weakMapNames: [UInt32] = []
    var weakMapPairs: [WeakMapPair] = []
    var pairs = ByteInterner()
    var isSeen: (map: Bool, nativeContext: Bool) = (false, false)
    for index in 0..<names.count {
      let name = names.utf8(index)
      guard let first = name.first, Self.mayHaveRole(first, name.count) else { continue }
      if let match = WeakMapName(name) {
        role.base[index] = NameRole.weakMapPair.rawValue
        weakMapNames.append(UInt32(index))
        let pair = pairs.number(of: match.withoutLeadingNumber)
        weakMapPairs.append(WeakMapPair(pair: UInt32(pair), tableID: match.tableID))
        continue
      }
      var found = Self.role(of: name)
      // For these two DevTools asks for the first such name of the table only.
      if found == .map, isSeen.map { found = .none }
      if found == .nativeContextReference, isSeen.nativeContext { found = .none }
      if found == .map { isSeen.map = true }
      if found == .nativeContextReference { isSeen.nativeContext = true }
      role.base[index] = found.rawValue
    }
    self.weakMapNames = weakMapNames
    self.weakMapPairs = weakMapPairs
    self.weakMapPairCount = pairs.count
  }

  subscript(name: UInt32) -> NameRole {
    NameRole(rawValue: role[Int(name)]) ?? .none
  }

  /// The pair that a name with the role `.weakMapPair` belongs to.
  func weakMapPair(_ name: UInt32) -> WeakMapPair? {
    var low = 0
    var high = weakMapNames.count
    while low < high {
      let middle = (low + high) / 2
      if weakMapNames[middle] < name { low = middle + 1 } else { high = middle }
    }
    return low < weakMapNames.count && weakMapNames[low] == name ? weakMapPairs[low] : nil
  }

  /// A cheap test that leaves few names: no role's name starts otherwise.
  private static func mayHaveRole(_ first: UInt8, _ count: Int) -> Bool {
    switch first {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): count >= WeakMapName.minimumLength
    case UInt8(ascii: "m"): count == 3
    case UInt8(ascii: "n"): count == 14
    case UInt8(ascii: "e"): count == 8
    case UInt8(ascii: "s"): count >= 19
    case UInt8(ascii: "A"): count == 5
    case UInt8(ascii: "O"): count == 6
    case UInt8(ascii: "("): count == 17 || count == 20
    case UInt8(ascii: "_"): count == 9
    case UInt8(ascii: "D"): count >= 31
    default: false
    }
  }

  private static func role(of name: UnsafeBufferPointer<UInt8>) -> NameRole {
    for (text, role) in exactRoles where name.elementsEqual(text.utf8) { return role }
    if name.starts(with: "system / NativeContext / ".utf8) { return .nativeContextWithOrigin }
    if name.starts(with: "Detached system / NativeContext / ".utf8) {
      return .detachedNativeContext
    }
    return .none
  }

  private static let exactRoles: [(String, NameRole)] = [
    ("map", .map),
    ("native_context", .nativeContextReference),
    ("elements", .elements),
    ("sloppy_function_map", .sloppyFunctionMap),
    ("system / NativeContext", .nativeContext),
    ("Detached system / NativeContext", .detachedNativeContext),
    ("(map descriptors)", .mapDescriptors),
    ("system / ExternalStringData", .externalStringData),
    ("system / JSArrayBufferData", .arrayBufferData),
    ("Array", .array),
    ("Object", .object),
    ("(Document DOM trees)", .documentTrees),
    ("__proto__", .prototypeProperty),
  ]
}

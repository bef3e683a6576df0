internal import HeapModel

/// Finds the best of many interface definitions for a list of properties.
///
/// Each definition waits behind each of its properties; going once through an object's
/// properties counts for every definition how many of its own were met. A property that stands
/// twice in a definition must stand twice in the object.
struct InterfaceMatcher {
  private static let notAsked: Int32 = -1
  private static let unknown: Int32 = -2

  private let names: StringTable
  /// How many properties each definition has.
  private let sizes: [Int]
  private var properties = ByteInterner()
  /// For the `k`-th occurrence of a property, the definitions that ask for it.
  private var waiting: [[[Int]]] = []
  private var met: [Int]
  /// How often each property was met in the current list.
  private var occurrences: [Int] = []
  /// The property's number for each name of the heap, `notAsked` or `unknown`.
  private let propertyOfName: PooledArray<Int32>
  /// Whether some property has this length and last byte: most names are told apart by it.
  private var hasEnding = [Bool](repeating: false, count: 1 << 13)

  init(_ definitions: [InterfaceDefinition], names: StringTable, pool: MemoryPool) {
    self.names = names
    sizes = definitions.map(\.properties.count)
    met = Array(repeating: 0, count: definitions.count)
    propertyOfName = pool.array(repeating: Self.unknown, count: names.count)
    for (index, definition) in definitions.enumerated() {
      var ordinals: [Int: Int] = [:]
      for property in definition.properties {
        let number = properties.number(of: property)
        if number == waiting.count { waiting.append([]) }
        let ordinal = ordinals[number, default: 0]
        ordinals[number] = ordinal + 1
        if ordinal == waiting[number].count { waiting[number].append([]) }
        waiting[number][ordinal].append(index)
        property.withUnsafeBufferPointer { hasEnding[Self.ending($0)] = true }
      }
    }
    occurrences = Array(repeating: 0, count: waiting.count)
  }

  /// The definition that fits best, or nil where none fits.
  mutating func bestMatch(for list: ArraySlice<UInt32>) -> Int? {
    var best: Int?
    var touched: [Int] = []
    var touchedProperties: [Int] = []
    for name in list {
      guard let property = property(name) else { continue }
      let ordinal = occurrences[property]
      occurrences[property] += 1
      touchedProperties.append(property)
      guard ordinal < waiting[property].count else { continue }
      for definition in waiting[property][ordinal] {
        if met[definition] == 0 { touched.append(definition) }
        met[definition] += 1
        if met[definition] == sizes[definition], isBetter(definition, than: best) {
          best = definition
        }
      }
    }
    for definition in touched { met[definition] = 0 }
    for property in touchedProperties { occurrences[property] = 0 }
    return best
  }

  private func isBetter(_ definition: Int, than other: Int?) -> Bool {
    guard let other else { return true }
    return sizes[definition] > sizes[other]
      || sizes[definition] == sizes[other] && definition < other
  }

  /// The number of the property that definitions ask for by this name.
  private func property(_ name: UInt32) -> Int? {
    var property = propertyOfName.base[Int(name)]
    if property == Self.unknown {
      let text = names.utf8(Int(name))
      let known = hasEnding[Self.ending(text)] ? properties.knownNumber(of: text) : nil
      property = known.map { Int32(truncatingIfNeeded: $0) } ?? Self.notAsked
      propertyOfName.base[Int(name)] = property
    }
    return property == Self.notAsked ? nil : Int(property)
  }

  private static func ending(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    (text.count & 31) << 8 | Int(text.last ?? 0)
  }
}

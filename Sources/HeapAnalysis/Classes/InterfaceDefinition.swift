/// A shape by which plain objects are grouped in the class table, such as `{id, name}`.
package struct InterfaceDefinition: Hashable, Sendable {
  /// As shown, WTF-8.
  package let nameBytes: [UInt8]
  /// The properties that an object must have, WTF-8 each.
  package let properties: [[UInt8]]
  /// How many plain objects have exactly these.
  package let count: Int

  package var name: String { String(decoding: nameBytes, as: UTF8.self) }
}

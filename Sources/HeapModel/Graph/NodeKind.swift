/// What a node of a heap graph is, over all engines.
///
/// The cases up to `wasmObject` are V8's node types. Another engine's reader chooses the nearest;
/// what has no counterpart is `unknown`.
@usableFromInline package enum NodeKind: UInt8, Sendable, Hashable, CaseIterable {
  case unknown = 0
  case hidden = 1
  case array = 2
  case string = 3
  case object = 4
  case code = 5
  case closure = 6
  case regularExpression = 7
  case number = 8
  case native = 9
  case synthetic = 10
  case concatenatedString = 11
  case slicedString = 12
  case symbol = 13
  case bigInteger = 14
  case objectShape = 15
  case wasmObject = 16
}

/// What an edge of a heap graph is, over all engines.
@usableFromInline package enum EdgeKind: UInt8, Sendable, Hashable, CaseIterable {
  case unknown = 0
  /// A variable captured by a closure.
  case context = 1
  /// An element of an array; named by its index.
  case element = 2
  case property = 3
  /// A link that the program cannot name.
  case `internal` = 4
  /// Like `internal`, but named by a number.
  case hidden = 5
  case shortcut = 6
  /// Does not keep its target alive.
  case weak = 7
  /// An edge that the engine does not draw in any view.
  case invisible = 8

  /// Whether an edge's name is a number (`true`) or an index into the names (`false`).
  @inlinable package var isNamedByNumber: Bool { self == .element || self == .hidden }
}

extension NodeKind {
  /// Whether a node's name is data of the running program, and not what something in its code is
  /// called.
  package var holdsProgramData: Bool {
    switch self {
    case .string, .concatenatedString, .slicedString, .number, .bigInteger, .symbol,
      .regularExpression:
      true
    default: false
    }
  }
}

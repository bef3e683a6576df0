internal import HeapModel

/// Where the bytes of a heap are, in the parts that DevTools shows.
package struct HeapStatistics: Hashable, Sendable {
  /// Outside the engine's own heap.
  package struct Native: Hashable, Sendable {
    package let total: UInt64
    package let typedArrays: UInt64
  }

  package struct EngineHeap: Hashable, Sendable {
    package let total: UInt64
    package let code: UInt64
    package let jsArrays: UInt64
    package let strings: UInt64
    package let system: UInt64
  }

  package let total: UInt64
  package let native: Native
  package let v8heap: EngineHeap

  init(
    graph: HeapGraph,
    roles: NameRoles,
    detached: DetachedState,
    ownership: Ownership,
    total: UInt64
  ) {
    let selfSize = ownership.selfSizes
    var native = graph.extraNativeBytes
    var typedArrays: UInt64 = 0
    var bytesOfKind = [UInt64](repeating: 0, count: 256)
    var arrays: UInt64 = 0
    let kinds = graph.nodeKind.elements
    let names = graph.nodeName.elements
    let role = roles.role.base
    for node in 0..<graph.nodeCount {
      let size = selfSize.base[node]
      let kind = kinds[node]
      bytesOfKind[Int(kind)] &+= size
      let nameRole = role[Int(names[node])]
      if nameRole == NameRole.array.rawValue {
        if Self.hasArraySize(kind) { arrays &+= size }
      } else if nameRole == NameRole.arrayBufferData.rawValue, kind == NodeKind.native.rawValue,
        !detached.isDetached(UInt32(node))
      {
        typedArrays &+= size
      }
    }
    for elements in ownership.elementsReferredToOnce {
      arrays &+= selfSize[Int(elements)]
    }
    func bytes(_ kind: NodeKind) -> UInt64 { bytesOfKind[Int(kind.rawValue)] }
    native &+= bytes(.native)
    self.total = total
    self.native = Native(total: native, typedArrays: typedArrays)
    v8heap = EngineHeap(
      total: total &- native,
      code: bytes(.code),
      jsArrays: arrays,
      strings: bytes(.string) &+ bytes(.concatenatedString) &+ bytes(.slicedString),
      system: bytes(.hidden)
    )
  }

  private static func hasArraySize(_ kind: UInt8) -> Bool {
    switch NodeKind(rawValue: kind) {
    case .hidden, .native, .code, .string, .concatenatedString, .slicedString: false
    default: true
    }
  }
}

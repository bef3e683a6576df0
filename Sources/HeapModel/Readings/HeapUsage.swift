/// One reading of a target's memory, in bytes.
///
/// What a runtime does not tell is nil, never zero.
package struct HeapUsage: Hashable, Sendable {
  package var time: UnixNanoseconds
  /// Bytes of live and not yet collected objects.
  ///
  /// On an engine without `.liveUsage` this is the size after the last collection, and then it
  /// includes `external`.
  package var used: UInt64
  /// Bytes the heap has taken from the system.
  package var total: UInt64
  /// The size at which the engine gives up.
  package var limit: UInt64?
  /// Memory outside the heap that its objects keep alive.
  package var external: UInt64?
  package var arrayBuffers: UInt64?
  package var residentSize: UInt64?
  package var proportionalSize: UInt64?
  package var spaces: [HeapSpace]
  /// Of a page and the frames in its process.
  package var documents: DocumentCounts?

  package init(
    time: UnixNanoseconds,
    used: UInt64,
    total: UInt64,
    limit: UInt64? = nil,
    external: UInt64? = nil,
    arrayBuffers: UInt64? = nil,
    residentSize: UInt64? = nil,
    proportionalSize: UInt64? = nil,
    spaces: [HeapSpace] = [],
    documents: DocumentCounts? = nil
  ) {
    self.time = time
    self.used = used
    self.total = total
    self.limit = limit
    self.external = external
    self.arrayBuffers = arrayBuffers
    self.residentSize = residentSize
    self.proportionalSize = proportionalSize
    self.spaces = spaces
    self.documents = documents
  }
}

/// What pages hold beside their JavaScript heap, in numbers: a page that leaks its DOM shows it
/// here long before in bytes.
package struct DocumentCounts: Hashable, Sendable {
  package var documents: UInt64
  /// Nodes of the DOM, attached or not.
  package var nodes: UInt64
  package var eventListeners: UInt64

  package init(documents: UInt64, nodes: UInt64, eventListeners: UInt64) {
    self.documents = documents
    self.nodes = nodes
    self.eventListeners = eventListeners
  }
}

/// One space of a heap, as `v8.getHeapSpaceStatistics()` names and measures it.
package struct HeapSpace: Hashable, Sendable {
  package var name: String
  package var used: UInt64
  package var size: UInt64

  package init(name: String, used: UInt64, size: UInt64) {
    self.name = name
    self.used = used
    self.size = size
  }
}

internal import CFleetMessages

/// How a heap divides between native contexts: pages, frames, vm contexts.
///
/// Sizes in bytes.
package struct NativeContexts: FleetMessage {
  /// Largest first; at most 256 on the wire.
  package var contexts: [NativeContext]
  package var contextCount: UInt64
  /// Of what belongs to several contexts.
  package var sharedSize: UInt64
  /// Of what belongs to none.
  package var unattributedSize: UInt64

  package init(
    contexts: [NativeContext] = [],
    contextCount: UInt64 = 0,
    sharedSize: UInt64 = 0,
    unattributedSize: UInt64 = 0
  ) {
    self.contexts = contexts
    self.contextCount = contextCount
    self.sharedSize = sharedSize
    self.unattributedSize = unattributedSize
  }
}

extension NativeContexts: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__native_contexts__init)

  init() {
    self.init(contexts: [])
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__NativeContexts,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.messages(
      &contexts,
      &raw.contexts,
      &raw.n_contexts,
      "contexts",
      maximum: FleetLimits.nativeContexts
    )
    fields.value(&contextCount, &raw.context_count)
    fields.value(&sharedSize, &raw.shared_size)
    fields.value(&unattributedSize, &raw.unattributed_size)
  }
}

/// One page, frame or vm context.
///
/// Sizes in bytes.
package struct NativeContext: FleetMessage {
  package var id: UInt64
  package var name: String
  /// Of all objects that belong to it alone.
  package var attributedSize: UInt64
  package var selfSize: UInt64
  package var retainedSize: UInt64

  package init(
    id: UInt64,
    name: String = "",
    attributedSize: UInt64 = 0,
    selfSize: UInt64 = 0,
    retainedSize: UInt64 = 0
  ) {
    self.id = id
    self.name = name
    self.attributedSize = attributedSize
    self.selfSize = selfSize
    self.retainedSize = retainedSize
  }
}

extension NativeContext: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__native_context__init)

  init() {
    self.init(id: 0)
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__NativeContext,
    _ fields: Fields
  ) throws(FleetError) {
    fields.value(&id, &raw.id)
    try fields.text(&name, &raw.name, "name")
    fields.value(&attributedSize, &raw.attributed_size)
    fields.value(&selfSize, &raw.self_size)
    fields.value(&retainedSize, &raw.retained_size)
  }
}

package import HeapModel

/// An agent, as its last hello said.
package struct AgentRecord: Hashable, Sendable {
  /// 32 hexadecimal digits.
  package var id: String
  package var version: String
  package var hostName: String
  package var bootID: String
  /// By the collector's clock.
  package var lastSeen: UnixNanoseconds

  package init(
    id: String,
    version: String,
    hostName: String,
    bootID: String,
    lastSeen: UnixNanoseconds
  ) {
    self.id = id
    self.version = version
    self.hostName = hostName
    self.bootID = bootID
    self.lastSeen = lastSeen
  }
}

/// A target, the agent that speaks for it, and when it was heard of by the collector's clock.
package struct TargetRecord: Hashable, Sendable {
  package var description: TargetDescription
  package var agentID: String
  package var firstSeen: UnixNanoseconds
  package var lastSeen: UnixNanoseconds

  package init(
    description: TargetDescription,
    agentID: String,
    firstSeen: UnixNanoseconds,
    lastSeen: UnixNanoseconds
  ) {
    self.description = description
    self.agentID = agentID
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
  }
}

/// Which targets are meant.
package struct TargetFilter: Hashable, Sendable {
  package var id: TargetID?
  package var selector: Selector?
  package var includesGone: Bool

  package init(id: TargetID? = nil, selector: Selector? = nil, includesGone: Bool = true) {
    self.id = id
    self.selector = selector
    self.includesGone = includesGone
  }

  package static let all = TargetFilter()

  package func matches(_ target: TargetDescription) -> Bool {
    (id.map { $0 == target.id } ?? true)
      && (selector?.matches(target.labels) ?? true)
      && (includesGone || target.state != .gone)
  }
}

/// What was lost for one reason.
package struct DropRecord: Hashable, Sendable {
  /// A short word, such as `spoolFull`, `spoolAge` or `sequenceGap`.
  package var reason: String
  package var count: UInt64
  package var bytes: UInt64

  package init(reason: String, count: UInt64, bytes: UInt64) {
    self.reason = reason
    self.count = count
    self.bytes = bytes
  }
}

/// An act by someone, written down before its answer is given.
package struct AuditRecord: Hashable, Sendable {
  package var time: UnixNanoseconds
  /// Who asked, as far as it is known: the peer's address or certificate name.
  package var actor: String
  /// The method or act, such as `capture` or `readBlocks`.
  package var action: String
  /// On what: a target's or snapshot's id, or a selector.
  package var object: String
  package var detail: String

  package init(
    time: UnixNanoseconds,
    actor: String,
    action: String,
    object: String,
    detail: String = ""
  ) {
    self.time = time
    self.actor = actor
    self.action = action
    self.object = object
    self.detail = detail
  }
}

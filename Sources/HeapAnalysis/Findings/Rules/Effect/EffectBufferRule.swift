/// Messages in an Effect Queue, Mailbox, PubSub or stream buffer that nobody takes.
///
/// The shapes: `.messages` of an object with `strategy` and `state`; `.publisherHead` beside
/// `publisherTail`; `.queue.mutable` of an object with `takers` and `shutdownHook`. A buffer of an
/// unbounded stream is one of these.
struct EffectBufferRule: LeakRule {
  let name = "effect-buffers-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    let near = leak.approach(6)
    guard let buffer = near.lazy.compactMap({ buffer(at: $0, leak) }).first, leak.hasEffect else {
      return nil
    }
    return LeakVerdict(
      cause:
        "They are messages in an Effect \(buffer.name)\(leak.place(at: buffer.owner)) that "
        + "are not taken, or not as fast as they come.",
      remedy: "Bound its capacity so that producers wait, and see that its consumer lives.",
      evidence: "they are in the buffer of the \(buffer.name)"
    )
  }

  private func buffer(at index: Int, _ leak: LeakPath) -> (name: String, owner: Int)? {
    guard index > 0, let name = leak.chosenName(index) else { return nil }
    switch name {
    case "messages" where leak.has(EffectShape.messageQueues, at: index - 1):
      return leak.has(EffectShape.mailboxes, at: index - 1)
        ? ("Mailbox", index - 1) : ("Queue", index - 1)
    case "publisherHead" where leak.has(EffectShape.publishers, at: index - 1):
      return ("PubSub", index - 1)
    case "mutable" where index > 1 && leak.has(EffectShape.queues, at: index - 2):
      return ("Queue", index - 2)
    default: return nil
    }
  }
}

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
        "They are messages in an Effect \(buffer.name)\(leak.place(at: buffer.owner)), unbounded or "
        + "very large, that are not taken, or not as fast as they come: \(buffer.consumer)",
      remedy: "Bound its capacity so that producers wait, and see that its consumer lives.",
      evidence: "they are in the buffer of the \(buffer.name)"
    )
  }

  private struct Buffer {
    var name: String
    /// The step of the object whose buffer it is.
    var owner: Int
    /// What can be said of who takes the messages, as the end of a sentence.
    var consumer = Self.taker

    /// A message goes to a fiber that waits for one, and into the buffer only where none does.
    private static let taker =
      "no fiber waits to take one, so the consumer is slow, has stopped or is gone."
    /// A message without subscribers is not kept.
    static let subscriber = "each is kept until its slowest subscriber takes it."
  }

  private func buffer(at index: Int, _ leak: LeakPath) -> Buffer? {
    guard index > 0, let name = leak.chosenName(index) else { return nil }
    switch name {
    case "messages" where leak.has(EffectShape.messageQueues, at: index - 1):
      let isMailbox = leak.has(EffectShape.mailboxes, at: index - 1)
      return Buffer(name: isMailbox ? "Mailbox" : "Queue", owner: index - 1)
    case "publisherHead" where leak.has(EffectShape.publishers, at: index - 1):
      return Buffer(name: "PubSub", owner: index - 1, consumer: Buffer.subscriber)
    case "mutable" where index > 1 && leak.has(EffectShape.queues, at: index - 2):
      return Buffer(name: "Queue", owner: index - 2)
    default: return nil
    }
  }
}

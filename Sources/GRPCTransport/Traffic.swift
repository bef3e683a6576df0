/// How many calls a server has, and what may come next.
///
/// Counts only; touches no call.
///
/// The core reads new calls off its connections whether or not they are asked for, so there are
/// two bounds: beyond `maxActive` a call is refused, which is cheap but not free, and beyond
/// `maxRefusing` refusals under way no call is asked for.
package struct Traffic<Slot> {
  /// Calls that have, or are about to have, a handler.
  package private(set) var active = 0
  /// Calls that are being told that there is no place.
  package private(set) var refusing = 0
  /// Slots that wait in the core.
  private var armed = 0
  /// Slots that wait here for refusals to end.
  private var parked: [Slot] = []
  private var isStopping = false

  private let maxActive: Int
  private let maxRefusing: Int

  package init(maxActive: Int, maxRefusing: Int = 1024) {
    self.maxActive = maxActive
    self.maxRefusing = maxRefusing
  }

  /// Nothing is under way and nothing can come: the server may go.
  package var isEnd: Bool {
    isStopping && active == 0 && refusing == 0 && armed == 0
  }

  /// - Returns: whether this is the first time.
  package mutating func beginStop() -> Bool {
    defer {
      isStopping = true
      parked = []
    }
    return !isStopping
  }

  /// Whether to ask the core for a call on this slot; counted as armed if so.
  package mutating func arm(_ slot: Slot) -> Bool {
    if isStopping { return false }
    if refusing >= maxRefusing {
      parked.append(slot)
      return false
    }
    armed += 1
    return true
  }

  /// A slot came back without a call.
  package mutating func slotReturned() {
    armed -= 1
  }

  /// A slot came back with a call.
  ///
  /// Counts it as active or, with the error that is returned, as being refused: in one step with
  /// the slot, so that the end is not seen too early.
  package mutating func accepted(objection: RPCError?) -> RPCError? {
    armed -= 1
    if isStopping { return refuse(.stopping) }
    if let objection { return refuse(objection) }
    if active >= maxActive { return refuse(.busy) }
    active += 1
    return nil
  }

  private mutating func refuse(_ error: RPCError) -> RPCError {
    refusing += 1
    return error
  }

  /// A handler has ended, and its call is out of our hands.
  package mutating func ended() {
    active -= 1
  }

  /// A refusal is through.
  ///
  /// - Returns: a slot that can now be armed.
  package mutating func refusalEnded() -> Slot? {
    refusing -= 1
    return parked.popLast()
  }
}

extension RPCError {
  static let stopping = RPCError(.unavailable, "The server is stopping.")
  static let busy = RPCError(.resourceExhausted, "The server has too many calls; try again later.")
  static let neutral = RPCError(.internalError, "The server failed to answer; its log says why.")
  static let noMessage = RPCError(.invalidArgument, "The call ended without its message.")

  static func unimplemented(_ method: Method) -> RPCError {
    RPCError(.unimplemented, "This server has no method \(method.path.prefix(200)).")
  }

  static func unknownOutcome(_ error: RPCError) -> RPCError {
    var error = error
    error.code = .unknown
    return error
  }
}

internal import FleetProtocol
internal import HeapModel
internal import InspectorProtocols

extension CommandDesk {
  /// Why a command cannot be carried out on its target.
  struct Unfit: Error {
    let code: RefusalCode
    let reason: String

    var outcome: Outcome { .refused(code, reason) }
  }

  /// A target that can be asked.
  struct FitTarget: Sendable {
    var description: TargetDescription
    var heap: ConnectedHeap
    var lastUsage: HeapUsage?
    var earlierCapture: EarlierCapture?
    var budget: RuleBudget?
    var process: TargetID
  }

  /// The target of a command, attached and able to do it.
  func fitTarget(
    _ id: TargetID,
    needing capability: Capabilities
  ) async throws(Unfit) -> FitTarget {
    guard let found = await watch.find(id) else {
      throw Unfit(code: .gone, reason: "this agent does not have that target")
    }
    let detail = found.description.stateDetail
    switch found.description.state {
    case .exiting: throw Unfit(code: .exiting, reason: detail)
    case .gone: throw Unfit(code: .gone, reason: detail)
    case .noInspector: throw Unfit(code: .noInspector, reason: detail)
    case .inUse where !found.description.capabilities.contains(capability):
      throw Unfit(code: .inUse, reason: detail)
    case .busy, .inUse, .attached, .visiting: break
    }
    guard let heap = found.heap else {
      throw Unfit(code: .noAnswer, reason: detail.isEmpty ? "it is not attached" : detail)
    }
    if found.description.state == .busy, found.description.capabilities.isEmpty {
      let reason = detail.isEmpty ? "the agent is still attaching to it" : detail
      throw Unfit(code: .busy, reason: reason)
    }
    guard found.description.capabilities.contains(capability) else {
      throw Unfit(
        code: .notSupported,
        reason: detail.isEmpty
          ? "\(found.description.runtime.rawValue) cannot do that" : detail
      )
    }
    return FitTarget(
      description: found.description,
      heap: heap,
      lastUsage: found.lastUsage,
      earlierCapture: found.earlierCapture,
      budget: found.budget,
      process: found.process
    )
  }

  // MARK: Short commands

  func collectGarbage(_ command: Command) async -> Outcome {
    do throws(Unfit) {
      let target = try await fitTarget(command.targetID, needing: .forcedCollection)
      switch await target.heap.ask(.collectGarbage) {
      case .collected(_, let report):
        return .done(
          collection: CollectionEffect(
            usedBefore: report.before.used,
            usedAfter: report.after.used,
            pauseNanoseconds: report.pauseNanoseconds
          )
        )
      case .failed(_, let failure): return Self.outcome(of: failure)
      default: return .failed(.malformed, "the session answered something else")
      }
    } catch {
      return error.outcome
    }
  }

  func endSeries(_ command: Command) async -> Outcome {
    do throws(Unfit) {
      let target = try await fitTarget(command.targetID, needing: .snapshot)
      if recorded?.target == command.targetID { recorded?.isAbandoned = true }
      target.heap.endSeries()
      return .done()
    } catch {
      // A target that is gone or let go of holds no ids.
      return error.code == .gone || error.code == .exiting ? .done() : error.outcome
    }
  }

  static func outcome(of failure: SessionFailure) -> Outcome {
    let code = RefusalCode(failure.code)
    return switch failure.code {
    case .unsupported, .busy, .inUse: .refused(code, failure.message)
    case .interrupted, .noAnswer, .sessionOver: .failed(code, failure.message)
    }
  }
}

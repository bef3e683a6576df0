import Collector
import HeapModel
import Store
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct ActSchedulerTests {
  private let agent = String(repeating: "a", count: 32)
  private var scheduler = ActScheduler(makeID: { "generated" })

  private func target(_ number: UInt64) -> TargetID { TargetID(high: 1, low: number) }

  private func place(
    host: String = "boot",
    service: String = "checkout"
  ) -> ActScheduler.Place {
    ActScheduler.Place(agentID: agent, bootID: host, service: service)
  }

  private func capture(
    _ id: String,
    of number: UInt64 = 1,
    series: String = "",
    step: UInt32 = 0,
    holds: Bool = false,
    delay: UInt64 = 0
  ) -> ActRecord {
    var act = ActRecord(
      id: id,
      requestID: "r",
      kind: .snapshot,
      targetID: target(number),
      agentID: agent,
      series: series,
      step: step,
      uploadID: "u" + id,
      holdsIDs: holds,
      notBefore: 0,
      giveUpAt: 4 * hour
    )
    act.stepDelayMilliseconds = delay
    return act
  }

  /// The acts that an answer sends, in order.
  private func sent(_ answers: [ActScheduler.Answer]) -> [String] {
    answers.compactMap { if case .send(let act) = $0 { act.id } else { nil } }
  }

  /// How acts ended, by an answer.
  private func ended(_ answers: [ActScheduler.Answer]) -> [String: String] {
    var ended: [String: String] = [:]
    for case .save(let act) in answers where act.state.isFinal {
      ended[act.id] = act.state == .done ? "done" : act.reasonCode
    }
    return ended
  }

  private func update(
    _ id: String,
    _ state: ActUpdate.State,
    code: String = ""
  ) -> ActUpdate {
    ActUpdate(actID: id, state: state, reason: code.isEmpty ? "" : "because", reasonCode: code)
  }

  private mutating func connect(now: UnixNanoseconds = 0) {
    _ = scheduler.agentConnected(agent, knows: [], now: now)
  }

  // MARK: - Leases

  @Test mutating func `one capture at a time on a host and within a service`() {
    connect()
    let acts = [
      (capture("first", of: 1), place()),
      (capture("sameHost", of: 2), place(service: "catalog")),
      (capture("sameService", of: 3), place(host: "other")),
      (capture("elsewhere", of: 4), place(host: "third", service: "pricing")),
    ]

    expect(sent(scheduler.submit(acts, now: 0)), equals: ["first", "elsewhere"])
    expect(sent(scheduler.tick(now: second)), equals: [])
    expect(
      sent(scheduler.received(update("first", .done), now: second)),
      equals: ["sameHost", "sameService"]
    )
  }

  @Test mutating func `a refused capture leaves its place to the next`() {
    connect()
    _ = scheduler.submit(
      [(capture("1", of: 1), place()), (capture("2", of: 2), place())],
      now: 0
    )

    let answers = scheduler.received(update("1", .refused, code: "noMemory"), now: second)
    expect(ended(answers), equals: ["1": "noMemory"])
    expect(sent(answers), equals: ["2"])
    #expect(
      answers.contains { answer in
        if case .endUpload("u1", _, .refused, "because") = answer { true } else { false }
      }
    )
  }

  @Test mutating func `a collection does not wait for the lease of others, only for its target`() {
    connect()
    _ = scheduler.submit([(capture("1", of: 1), place())], now: 0)
    func collection(_ id: String, of number: UInt64) -> ActRecord {
      ActRecord(
        id: id,
        requestID: "g",
        kind: .collection,
        targetID: target(number),
        agentID: agent,
        notBefore: 0,
        giveUpAt: hour
      )
    }
    let answers = scheduler.submit(
      [(collection("g1", of: 1), place()), (collection("g2", of: 2), place())],
      now: 0
    )
    expect(sent(answers), equals: ["g2"])
  }

  /// What an agent's schedule asks for: a request of its own.
  private func scheduled(_ id: String, of number: UInt64 = 1) -> ActRecord {
    var act = capture(id, of: number)
    act.requestID = id
    return act
  }

  @Test mutating func `a scheduled snapshot waits for its turn, and for a series on its target`() {
    connect()
    let steps = [
      (capture("base", of: 1, series: "s", holds: true), place()),
      (capture("main", of: 1, series: "s", step: 1, delay: 60_000), place()),
    ]
    expect(sent(scheduler.submit(steps, now: 0)), equals: ["base"])
    expect(sent(scheduler.submitScheduled(scheduled("own"), at: place(), now: 1)), equals: [])
    _ = scheduler.received(update("base", .done), now: second)
    let ended = scheduler.uploadEnded("ubase", as: .complete, reason: "", now: second)
    expect(sent(ended), equals: [])
    expect(sent(scheduler.tick(now: minute)), equals: ["main"])
    _ = scheduler.received(update("main", .done), now: minute)
    let last = scheduler.uploadEnded("umain", as: .complete, reason: "", now: minute)
    expect(sent(last), equals: ["own"])
    // And what somebody asks for waits for it.
    let asked = scheduler.submit([(capture("next", of: 2), place())], now: minute)
    expect(sent(asked), equals: [])
  }

  @Test mutating func `of an agent's schedule one snapshot waits at most, and not for ever`() {
    connect()
    _ = scheduler.submit([(capture("1", of: 1), place())], now: 0)
    _ = scheduler.submitScheduled(scheduled("first", of: 2), at: place(), now: 1)
    var second = scheduled("second", of: 3)
    second.giveUpAt = minute
    let answers = scheduler.submitScheduled(second, at: place(), now: 2)
    expect(ended(answers), equals: ["first": "expired"])
    expect(ended(scheduler.tick(now: minute)), equals: ["second": "expired"])
  }

  // MARK: - Course

  @Test mutating func `an act is done when its upload is, whichever is told first`() {
    connect()
    _ = scheduler.submit([(capture("1", of: 1), place())], now: 0)
    expect(ended(scheduler.received(update("1", .running), now: 1)), equals: [:])
    expect(ended(scheduler.received(update("1", .done), now: 2)), equals: [:])
    let answers = scheduler.uploadEnded("u1", as: .complete, reason: "", now: 3)
    expect(ended(answers), equals: ["1": "done"])
    expect(answers.last, equals: .closeRequest(id: "r"))
    #expect(scheduler.isEmpty)

    _ = scheduler.submit([(capture("2", of: 1), place())], now: 4)
    expect(
      ended(scheduler.uploadEnded("u2", as: .complete, reason: "", now: 5)),
      equals: ["2": "done"]
    )
    expect(scheduler.received(update("2", .done), now: 6), equals: [])
  }

  @Test mutating func `an upload that was cut short fails its act with its reason`() {
    connect()
    _ = scheduler.submit([(capture("1"), place())], now: 0)
    let answers = scheduler.uploadEnded("u1", as: .incomplete, reason: "targetGone", now: 3)
    guard case .save(let act)? = answers.first else {
      Issue.record("nothing was saved")
      return
    }
    expect(act.state, equals: .failed)
    expect([act.reasonCode, act.reason], equals: ["targetGone", "it was cut short"])
  }

  @Test mutating func `what an agent reports as failed is incomplete, what we give up is not`() {
    connect()
    _ = scheduler.submit([(capture("1"), place())], now: 0)
    let failed = scheduler.received(update("1", .failed, code: "gone"), now: 1)
    #expect(
      failed.contains { answer in
        if case .endUpload("u1", _, .incomplete, _) = answer { true } else { false }
      }
    )

    _ = scheduler.submit([(capture("2"), place())], now: 0)
    let givenUp = scheduler.tick(now: hour)
    expect(ended(givenUp), equals: ["2": "expired"])
    expect(
      givenUp.contains { answer in
        if case .endUpload = answer { true } else { false }
      },
      equals: false
    )
  }

  // MARK: - Never stuck

  @Test mutating func `a command that nobody begins with is given up after two minutes`() {
    connect()
    _ = scheduler.submit(
      [(capture("1", of: 1), place()), (capture("2", of: 2), place())],
      now: 0
    )
    expect(scheduler.nextWake(after: 0), equals: 2 * minute)
    expect(ended(scheduler.tick(now: 2 * minute - 1)), equals: [:])

    let answers = scheduler.tick(now: 2 * minute)
    expect(ended(answers), equals: ["1": "expired"])
    expect(sent(answers), equals: ["2"])
  }

  @Test mutating func `signs of life keep an act`() {
    connect()
    _ = scheduler.submit([(capture("1"), place())], now: 0)
    _ = scheduler.received(update("1", .running), now: minute)
    expect(ended(scheduler.tick(now: 10 * minute)), equals: [:])
    scheduler.uploadAdvanced("u1", now: 10 * minute)
    expect(ended(scheduler.tick(now: 19 * minute)), equals: [:])
    expect(ended(scheduler.tick(now: 20 * minute)), equals: ["1": "expired"])
  }

  @Test mutating func `an agent that stays away fails what waits for it`() {
    _ = scheduler.submit([(capture("1"), place())], now: 5 * second)
    expect(scheduler.nextWake(after: 5 * second), equals: 2 * minute + 5 * second)
    expect(ended(scheduler.tick(now: 2 * minute)), equals: [:])
    expect(ended(scheduler.tick(now: 2 * minute + 5 * second)), equals: ["1": "agentAway"])
  }

  @Test mutating func `a process that ended fails what waits for it`() {
    _ = scheduler.submit([(capture("1"), place())], now: 0)
    expect(ended(scheduler.inventory(of: agent, present: [target(1)], now: 1)), equals: [:])
    expect(ended(scheduler.inventory(of: "other", present: [], now: 1)), equals: [:])
    expect(
      ended(scheduler.inventory(of: agent, present: [target(2)], now: 1)),
      equals: ["1": "gone"]
    )
  }

  // MARK: - Reconnects and restarts

  @Test mutating func `a command that the agent does not know is sent again until its deadline`() {
    connect()
    _ = scheduler.submit([(capture("1"), place())], now: 0)
    scheduler.agentDisconnected(agent, now: second)

    expect(sent(scheduler.agentConnected(agent, knows: [], now: minute)), equals: ["1"])
    scheduler.agentDisconnected(agent, now: minute)
    expect(sent(scheduler.agentConnected(agent, knows: ["1"], now: minute + second)), equals: [])
    scheduler.agentDisconnected(agent, now: minute + second)
    let late = scheduler.agentConnected(agent, knows: [], now: 2 * minute)
    expect(ended(late), equals: ["1": "expired"])
  }

  @Test mutating func `a capture of which something came is never taken twice`() {
    connect()
    _ = scheduler.submit([(capture("1"), place())], now: 0)
    scheduler.uploadAdvanced("u1", now: second)
    scheduler.agentDisconnected(agent, now: 2 * second)

    expect(scheduler.agentConnected(agent, knows: [], now: 3 * second), equals: [])
    expect(
      ended(scheduler.uploadEnded("u1", as: .incomplete, reason: "agentRestarted", now: minute)),
      equals: ["1": "agentRestarted"]
    )
  }

  @Test mutating func `after a restart of the collector what was sent is in doubt until hello`() {
    var running = capture("1")
    running.state = .running
    running.deadline = 2 * minute
    running.giveUpAt = 2 * minute
    var committed = capture("2", of: 2)
    committed.state = .running
    committed.deadline = minute
    let waiting = capture("3", of: 3)
    scheduler.restore(
      [(running, place()), (committed, place(host: "b", service: "b")), (waiting, place())],
      endedUploads: ["u2": .complete],
      begunUploads: ["u2"],
      now: minute
    )

    expect(sent(scheduler.tick(now: minute)), equals: [])
    let answers = scheduler.agentConnected(agent, knows: [], now: minute + second)
    expect(sent(answers), equals: ["1"])
    expect(ended(answers), equals: ["2": "done"])
    expect(sent(scheduler.received(update("1", .done), now: minute + 2 * second)), equals: ["3"])
  }

  // MARK: - Series

  @Test mutating func `steps follow one another at their interval`() {
    connect()
    let steps = [UInt32(0), 1, 2].map { step -> (ActRecord, ActScheduler.Place) in
      let delay: UInt64 = step == 0 ? 0 : 60_000
      let act = capture("s\(step)", series: "leak", step: step, holds: step < 2, delay: delay)
      return (act, place())
    }
    expect(sent(scheduler.submit(steps, now: 0)), equals: ["s0"])
    _ = scheduler.received(update("s0", .done), now: 5 * second)
    expect(
      sent(scheduler.uploadEnded("us0", as: .complete, reason: "", now: 6 * second)),
      equals: []
    )
    expect(sent(scheduler.tick(now: minute - 1)), equals: [])
    expect(sent(scheduler.tick(now: minute)), equals: ["s1"])

    // A step that takes longer than the interval holds up the next one, and no longer than needed.
    _ = scheduler.received(update("s1", .done), now: 3 * minute)
    expect(
      sent(scheduler.uploadEnded("us1", as: .complete, reason: "", now: 3 * minute)),
      equals: ["s2"]
    )
    let last = scheduler.uploadEnded("us2", as: .complete, reason: "", now: 4 * minute)
    expect(last.last, equals: .closeRequest(id: "r"))
    #expect(scheduler.nextWake(after: 0) == nil)
  }

  @Test mutating func `a step after longer than any clock tells is never due`() {
    connect()
    let steps = [UInt32(0), 1].map { step -> (ActRecord, ActScheduler.Place) in
      let delay = step == 0 ? 0 : UInt64.max
      return (capture("s\(step)", series: "leak", step: step, delay: delay), place())
    }
    expect(sent(scheduler.submit(steps, now: minute)), equals: ["s0"])
    _ = scheduler.received(update("s0", .done), now: 2 * minute)
    let answers = scheduler.uploadEnded("us0", as: .complete, reason: "", now: 2 * minute)
    expect(sent(answers), equals: [])
    expect(ended(scheduler.tick(now: 5 * hour)).keys.sorted(), equals: ["s1"])
  }

  @Test mutating func `while one target waits for its step another is captured`() {
    connect()
    var acts: [(ActRecord, ActScheduler.Place)] = []
    for number in 1...2 {
      for step in 0..<2 {
        acts.append(
          (
            capture(
              "\(number)/\(step)",
              of: UInt64(number),
              series: "leak",
              step: UInt32(step),
              holds: step < 1,
              delay: step == 0 ? 0 : 60_000
            ), place()
          )
        )
      }
    }
    expect(sent(scheduler.submit(acts, now: 0)), equals: ["1/0"])
    expect(
      sent(scheduler.uploadEnded("u1/0", as: .complete, reason: "", now: second)),
      equals: ["2/0"]
    )
    expect(
      sent(scheduler.uploadEnded("u2/0", as: .complete, reason: "", now: 2 * second)),
      equals: []
    )
    expect(sent(scheduler.tick(now: minute)), equals: ["1/1"])
  }

  @Test mutating func `a broken series ends its later steps and lets the ids go`() {
    connect()
    _ = scheduler.submit(
      [
        (capture("s0", series: "leak", step: 0, holds: true), place()),
        (capture("s1", series: "leak", step: 1, holds: true), place()),
        (capture("s2", series: "leak", step: 2), place()),
      ],
      now: 0
    )
    expect(sent(scheduler.uploadEnded("us0", as: .complete, reason: "", now: 1)), equals: ["s1"])

    let answers = scheduler.received(update("s1", .refused, code: "noMemory"), now: 2)
    expect(ended(answers), equals: ["s1": "noMemory", "s2": "seriesBroken"])
    expect(sent(answers), equals: ["generated"])
    expect(scheduler.act("generated")?.kind, equals: .endSeries)
    #expect(answers.contains(.closeRequest(id: "r")))
  }

  @Test mutating func `ids that a mark left held are let go after ten minutes`() {
    connect()
    _ = scheduler.submit([(capture("1", series: "leak", step: 0, holds: true), place())], now: 0)
    _ = scheduler.uploadEnded("u1", as: .complete, reason: "", now: second)
    expect(scheduler.nextWake(after: 0), equals: 10 * minute)
    expect(sent(scheduler.tick(now: 10 * minute)), equals: ["generated"])
    #expect(ended(scheduler.received(update("generated", .done), now: 11 * minute)) != [:])
    #expect(scheduler.nextWake(after: 0) == nil)
  }

  @Test mutating func `the next mark takes the held ids over`() {
    connect()
    _ = scheduler.submit([(capture("1", series: "leak", step: 0, holds: true), place())], now: 0)
    _ = scheduler.uploadEnded("u1", as: .complete, reason: "", now: second)
    let action = capture("2", series: "leak", step: 1)
    expect(sent(scheduler.submit([(action, place())], now: 9 * minute)), equals: ["2"])
    _ = scheduler.uploadEnded("u2", as: .complete, reason: "", now: 9 * minute)
    #expect(scheduler.nextWake(after: 0) == nil)
  }

  // MARK: - Everything at once

  @Test(arguments: 0..<20) func `whatever happens, every act ends and leases hold`(
    seed: Int
  ) {
    let ids = Mutex(0)
    var conversation = RandomFleet(
      seed: UInt64(seed),
      scheduler: ActScheduler(makeID: {
        ids.withLock {
          $0 += 1
          return "end\($0)"
        }
      })
    )
    conversation.run()
    expect(conversation.violations, equals: [])
    #expect(conversation.scheduler.isEmpty)
  }
}

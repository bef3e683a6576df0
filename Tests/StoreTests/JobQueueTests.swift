import Store
import TestSupport
import Testing

@Suite struct JobQueueTests {
  @Test(arguments: StoreKind.allCases)
  func `a job is claimed once and done`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let jobs = stores.jobs
    #expect(try await jobs.enqueue(NewJob(key: "a/1", kind: "a", payload: [1, 2]), now: 0))

    let job = try await jobs.claim(kinds: ["a"], owner: "w1", now: 1, leaseUntil: 10)
    expect(job?.payload, equals: [1, 2])
    expect(job?.attempt, equals: 1)
    #expect(try await jobs.claim(kinds: ["a"], owner: "w2", now: 2, leaseUntil: 12) == nil)

    let claimed = try #require(job)
    #expect(try await jobs.finish(claimed, now: 5))
    try await expect(jobs.state(of: "a/1"), equals: .done)
    #expect(try await jobs.claim(kinds: ["a"], owner: "w2", now: 99, leaseUntil: 120) == nil)
    try await expect(jobs.finish(claimed, now: 6), equals: false)
  }

  @Test(arguments: StoreKind.allCases)
  func `the same key is one job until it has ended`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let jobs = stores.jobs
    #expect(try await jobs.enqueue(NewJob(key: "a/1", kind: "a"), now: 0))
    try await expect(jobs.enqueue(NewJob(key: "a/1", kind: "a"), now: 0), equals: false)
    let job = try #require(
      try await jobs.claim(kinds: ["a"], owner: "w", now: 1, leaseUntil: 9)
    )
    try await expect(jobs.enqueue(NewJob(key: "a/1", kind: "a"), now: 2), equals: false)
    #expect(try await jobs.fail(job, reason: "malformed", retryAt: nil, now: 3))
    try await expect(jobs.state(of: "a/1"), equals: .failed(reason: "malformed"))

    #expect(try await jobs.enqueue(NewJob(key: "a/1", kind: "a"), now: 4))
    let again = try #require(
      try await jobs.claim(kinds: ["a"], owner: "w", now: 5, leaseUntil: 9)
    )
    expect(again.attempt, equals: 1)
    #expect(try await jobs.finish(again, now: 6))
    #expect(try await jobs.enqueue(NewJob(key: "a/1", kind: "a"), now: 7))
    try await expect(jobs.state(of: "a/1"), equals: .waiting(notBefore: 0))
  }

  @Test(arguments: StoreKind.allCases)
  func `a claim that runs out is given to another, and the first one's result does not count`(
    kind: StoreKind
  ) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let jobs = stores.jobs
    _ = try await jobs.enqueue(NewJob(key: "a/1", kind: "a"), now: 0)
    let first = try #require(
      try await jobs.claim(kinds: ["a"], owner: "w1", now: 1, leaseUntil: 10)
    )
    #expect(try await jobs.extend(first, until: 20))
    #expect(try await jobs.claim(kinds: ["a"], owner: "w2", now: 19, leaseUntil: 30) == nil)

    let second = try #require(
      try await jobs.claim(kinds: ["a"], owner: "w2", now: 20, leaseUntil: 30)
    )
    expect(second.attempt, equals: 2)
    try await expect(jobs.extend(first, until: 40), equals: false)
    try await expect(jobs.finish(first, now: 21), equals: false)
    #expect(try await jobs.finish(second, now: 22))
  }

  @Test(arguments: StoreKind.allCases)
  func `a job that ends its workers is given up after three`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let jobs = stores.jobs
    _ = try await jobs.enqueue(NewJob(key: "poison", kind: "a"), now: 0)
    _ = try await jobs.enqueue(NewJob(key: "good", kind: "a"), now: 0)

    for attempt in 1...3 {
      let now = UInt64(attempt * 10)
      let job = try await jobs.claim(kinds: ["a"], owner: "w", now: now, leaseUntil: now + 1)
      expect(job?.key, equals: "poison")
    }
    let next = try await jobs.claim(kinds: ["a"], owner: "w", now: 40, leaseUntil: 41)
    expect(next?.key, equals: "good")
    guard case .failed = try await jobs.state(of: "poison") else {
      Issue.record("the poisonous job is not failed")
      return
    }
  }

  @Test(arguments: StoreKind.allCases)
  func `a failed attempt is tried again later, and not for ever`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let jobs = stores.jobs
    _ = try await jobs.enqueue(NewJob(key: "a/1", kind: "a"), now: 0)
    for attempt in 1...3 {
      let now = UInt64(attempt * 100)
      let job = try #require(
        try await jobs.claim(kinds: ["a"], owner: "w", now: now, leaseUntil: now + 10)
      )
      expect(job.attempt, equals: attempt)
      #expect(try await jobs.fail(job, reason: "full", retryAt: now + 50, now: now + 1))
      let early = try await jobs.claim(
        kinds: ["a"],
        owner: "w",
        now: now + 49,
        leaseUntil: now + 60
      )
      #expect(early == nil)
    }
    try await expect(jobs.state(of: "a/1"), equals: .failed(reason: "full"))
  }

  @Test(arguments: StoreKind.allCases)
  func `higher priority goes first, then age, and other kinds are left`(
    kind: StoreKind
  ) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let jobs = stores.jobs
    _ = try await jobs.enqueue(NewJob(key: "old", kind: "a"), now: 0)
    _ = try await jobs.enqueue(NewJob(key: "new", kind: "a"), now: 0)
    _ = try await jobs.enqueue(NewJob(key: "urgent", kind: "b", priority: 5), now: 0)
    _ = try await jobs.enqueue(NewJob(key: "other", kind: "c", priority: 9), now: 0)

    var order: [String] = []
    while let job = try await jobs.claim(
      kinds: ["a", "b"],
      owner: "w",
      now: 1,
      leaseUntil: 1_000
    ) {
      order.append(job.key)
    }
    expect(order, equals: ["urgent", "old", "new"])
  }

  @Test(arguments: StoreKind.allCases)
  func `ended jobs are forgotten after a while`(kind: StoreKind) async throws {
    let stores = try kind.make()
    defer { stores.remove() }
    let jobs = stores.jobs
    _ = try await jobs.enqueue(NewJob(key: "done", kind: "a"), now: 0)
    _ = try await jobs.enqueue(NewJob(key: "open", kind: "b"), now: 0)
    let job = try #require(
      try await jobs.claim(kinds: ["a"], owner: "w", now: 1, leaseUntil: 9)
    )
    #expect(try await jobs.finish(job, now: 5))

    try await jobs.forget(endedBefore: 5)
    try await expect(jobs.state(of: "done"), equals: .done)
    try await jobs.forget(endedBefore: 6)
    #expect(try await jobs.state(of: "done") == nil)
    try await expect(jobs.state(of: "open"), equals: .waiting(notBefore: 0))
  }
}

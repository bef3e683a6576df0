@testable import Agent
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct BoundedQueueTests {
  @Test func `what was put comes in order, and then the end`() async {
    let queue = BoundedQueue<Int>(costLimit: 10)
    for number in 1...3 { queue.put(number, cost: 1) }
    queue.finish()

    var taken: [Int] = []
    while let number = await queue.next() { taken.append(number) }
    expect(taken, equals: [1, 2, 3])
  }

  @Test func `who waits for room goes on when something was taken`() async {
    let queue = BoundedQueue<Int>(costLimit: 10)
    queue.put(1, cost: 11)
    let waiting = Task { await queue.waitForRoom() }

    expect(await queue.next(), equals: 1)
    await waiting.value
  }

  @Test func `where nobody takes any more there is room for ever`() async {
    let queue = BoundedQueue<Int>(costLimit: 10)
    queue.put(1, cost: 11)
    let waiting = Task { await queue.waitForRoom() }

    queue.abandon()
    await waiting.value
    queue.put(2, cost: 11)
    await queue.waitForRoom()
    #expect(await queue.next() == nil)
  }
}

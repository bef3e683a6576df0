import Collector
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct MailboxTests {
  @Test func `the newest value of a key stands in the place of the oldest`() async {
    let box = Mailbox<String, Int>()
    box.put(1, for: "a")
    box.put(2, for: "b")
    box.put(3, for: "a")

    await expect(box.next(), equals: 3)
    await expect(box.next(), equals: 2)
    box.put(4, for: "a")
    box.close()
    box.put(5, for: "c")
    await expect(box.next(), equals: 4)
    #expect(await box.next() == nil)
  }

  @Test func `a reader waits for the next value`() async {
    let box = Mailbox<Int, Int>()
    let reader = Task { await box.next() }
    box.put(7, for: 0)
    await expect(reader.value, equals: 7)
  }

  @Test func `a cancelled reader stops waiting`() async {
    let box = Mailbox<Int, Int>()
    let reader = Task { await box.next() }
    reader.cancel()
    #expect(await reader.value == nil)
  }

  @Test func `many writers lose nothing`() async {
    let box = Mailbox<Int, Int>()
    await withTaskGroup { group in
      for number in 0..<500 { group.addTask { box.put(number, for: number) } }
      group.addTask {
        var seen: Set<Int> = []
        while seen.count < 500, let value = await box.next() { seen.insert(value) }
        expect(seen.count, equals: 500)
      }
    }
  }
}

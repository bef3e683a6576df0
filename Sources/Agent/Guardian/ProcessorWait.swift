/// How long a process has stood in the queue for a processor since one looked first.
///
/// A thread that sleeps, or that was stopped, does not wait; one that has work and gets no processor
/// does. Costs about ten microseconds a thread.
package struct ProcessorWait {
  private let processID: Int32
  private let table: any ProcessTable
  /// Of each thread, at the first look.
  private let beginning: [String: Duration]

  package init(of processID: Int32, in table: any ProcessTable = ProcFileSystem()) {
    self.processID = processID
    self.table = table
    beginning = Self.waits(of: processID, in: table)
  }

  /// Of the thread that waited longest; zero where the kernel does not tell.
  package var longest: Duration {
    Self.waits(of: processID, in: table).map { thread, waited in
      waited - (beginning[thread] ?? .zero)
    }.max() ?? .zero
  }

  private static func waits(
    of processID: Int32,
    in table: any ProcessTable
  ) -> [String: Duration] {
    var waits: [String: Duration] = [:]
    for thread in table.entries(of: processID, "task") {
      // Time on a processor, time in its queue, and how often: nanoseconds.
      guard let text = table.contents(of: processID, "task/\(thread)/schedstat", limit: 256)
      else { continue }
      let fields = String(decoding: text, as: UTF8.self).split(separator: " ")
      guard fields.count >= 2, let waited = Int64(fields[1]) else { continue }
      waits[thread] = .nanoseconds(waited)
    }
    return waits
  }
}

internal import Glibc
internal import Synchronization

/// A thread of its own for an actor that waits for the disk.
///
/// `fsync` can take a second on a busy disk. On the threads that all tasks share this would keep
/// sessions from being read, and a target's exit from being noticed.
package final class DiskThread: SerialExecutor {
  private struct State {
    var jobs: [UnownedJob] = []
    var isOver = false
  }

  /// Shared with the thread, which outlives the executor by its last jobs.
  private final class Inbox: Sendable {
    let state = Mutex(State())
    nonisolated(unsafe) let arrivals: UnsafeMutablePointer<sem_t>

    init() {
      arrivals = .allocate(capacity: 1)
      sem_init(arrivals, 0, 0)
    }

    deinit {
      sem_destroy(arrivals)
      arrivals.deallocate()
    }

    func put(_ change: (inout State) -> Void) {
      state.withLock { change(&$0) }
      sem_post(arrivals)
    }

    /// The next jobs; nil once there will be none any more.
    func take() -> [UnownedJob]? {
      while sem_wait(arrivals) != 0 {}
      return state.withLock { state in
        defer { state.jobs = [] }
        return state.jobs.isEmpty && state.isOver ? nil : state.jobs
      }
    }
  }

  private let inbox = Inbox()

  package init() {
    let context = Unmanaged.passRetained(StartContext(executor: self, inbox: inbox)).toOpaque()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 512 << 10)
    var thread = pthread_t()
    let failure = pthread_create(
      &thread,
      &attributes,
      { context in
        guard let context else { return nil }
        Unmanaged<StartContext>.fromOpaque(context).takeRetainedValue().run()
        return nil
      },
      context
    )
    pthread_attr_destroy(&attributes)
    precondition(failure == 0, "no thread for the disk: \(String(cString: strerror(failure)))")
  }

  deinit {
    inbox.put { $0.isOver = true }
  }

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    inbox.put { $0.jobs.append(job) }
  }

  private final class StartContext {
    private let executor: UnownedSerialExecutor
    private let inbox: Inbox

    init(executor: DiskThread, inbox: Inbox) {
      self.executor = executor.asUnownedSerialExecutor()
      self.inbox = inbox
    }

    func run() {
      while let jobs = inbox.take() {
        for job in jobs { job.runSynchronously(on: executor) }
      }
    }
  }
}

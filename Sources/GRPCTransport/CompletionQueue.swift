internal import CGRPC
internal import Glibc

/// The one thread on which the core works: it polls the sockets and reports what is done.
///
/// One queue with one thread serves a whole process (a second one made streams dearer on two
/// cores); channels and servers are created on it. It is also a task executor, see `Resume`.
///
/// The core aborts the process if an operation starts on a queue that was shut down, so the queue
/// counts the calls that are alive and `shutdown()` waits for the last one to go.
package final class CompletionQueue: TaskExecutor, @unchecked Sendable {
  /// Where a task goes on when what it awaited on this queue is done.
  package enum Resume: Sendable {
    /// On the global pool: right for handlers that compute, such as ingest.
    case pool
    /// On the queue's thread itself, for tasks that prefer this executor: a third less CPU per
    /// small call, but a job that blocks there stops the whole transport.
    case inline
  }

  package let resume: Resume

  /// The core's queue.
  ///
  /// Valid until `shutdown()` has returned.
  let core: OpaquePointer
  private let users = Guarded(Users())
  private let usersGone = OneShot<Void>()
  private let threadGone = OneShot<Void>()

  /// The calls and servers that may still start an operation here.
  private struct Users {
    var count = 0
    var isClosing = false
  }

  /// Starts the queue and its thread.
  package init(resume: Resume = .pool) {
    Library.start()
    guard let core = grpc_completion_queue_create_for_next(nil) else {
      preconditionFailure("The core made no completion queue.")
    }
    self.core = core
    self.resume = resume
    startThread()
  }

  /// Waits until no call and no server is alive any more, then ends the thread and frees the queue.
  ///
  /// Shut servers down first, and let go of calls: one that is still held keeps this waiting.
  /// Nothing may be created on the queue afterwards.
  package func shutdown() async {
    let (isFirst, isUnused) = users.withLock { users -> (Bool, Bool) in
      defer { users.isClosing = true }
      return (!users.isClosing, users.count == 0)
    }
    if isFirst {
      if isUnused { usersGone.arrive(()) }
      await usersGone.wait()
      grpc_completion_queue_shutdown(core)
    }
    await threadGone.wait()
  }

  // MARK: - Users

  /// Counts a call or a server in.
  ///
  /// - Returns: false when the queue is being shut down: then nothing may start on it.
  func enter() -> Bool {
    users.withLock { users in
      if users.isClosing { return false }
      users.count += 1
      return true
    }
  }

  /// Counts a call of a server in.
  ///
  /// The server is counted itself, so the queue is there even while a shutdown waits.
  func enterForServer() {
    users.withLock { $0.count += 1 }
  }

  func leave() {
    let isLast = users.withLock { users -> Bool in
      users.count -= 1
      return users.isClosing && users.count == 0
    }
    if isLast { usersGone.arrive(()) }
  }

  // MARK: - The thread

  private func startThread() {
    var thread = pthread_t()
    let unmanaged = Unmanaged.passRetained(self)
    let result = pthread_create(
      &thread,
      nil,
      { pointer in
        guard let pointer else { return nil }
        cgrpc_name_thread("grpc-queue")
        Unmanaged<CompletionQueue>.fromOpaque(pointer).takeRetainedValue().run()
        return nil
      },
      unmanaged.toOpaque()
    )
    guard result == 0 else {
      preconditionFailure(
        "No thread for the completion queue: \(String(cString: strerror(result)))"
      )
    }
    pthread_detach(thread)
  }

  private func run() {
    let jobs = LocalJobs()
    if resume == .inline { LocalJobs.current = Unmanaged.passUnretained(jobs).toOpaque() }
    while true {
      let event = grpc_completion_queue_next(core, gpr_inf_future(GPR_CLOCK_REALTIME), nil)
      if event.type == GRPC_QUEUE_SHUTDOWN { break }
      guard event.type == GRPC_OP_COMPLETE, let pointer = event.tag else { continue }
      Tag.popped(pointer, succeeded: event.success != 0)
      jobs.run(on: self)
    }
    jobs.run(on: self)
    LocalJobs.current = nil
    grpc_completion_queue_destroy(core)
    threadGone.arrive(())
  }

  // MARK: - TaskExecutor

  package func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if let pointer = LocalJobs.current {
      Unmanaged<LocalJobs>.fromOpaque(pointer).takeUnretainedValue().append(job)
    } else {
      globalConcurrentExecutor.enqueue(job)
    }
  }
}

/// Jobs that an event made ready on the queue's own thread; they run there, after the event.
private final class LocalJobs {
  private var waiting: [UnownedJob] = []

  /// One key for all queues: the value belongs to the thread, and so to its queue.
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key, nil)
    return key
  }()

  static var current: UnsafeMutableRawPointer? {
    get { pthread_getspecific(key) }
    set { pthread_setspecific(key, newValue) }
  }

  func append(_ job: UnownedJob) {
    waiting.append(job)
  }

  func run(on queue: CompletionQueue) {
    while !waiting.isEmpty {
      let jobs = waiting
      waiting.removeAll(keepingCapacity: true)
      for job in jobs {
        job.runSynchronously(on: queue.asUnownedTaskExecutor())
      }
    }
  }
}

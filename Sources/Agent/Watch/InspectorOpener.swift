internal import Glibc
internal import HeapModel
internal import Log

/// Performs what `OpenedInspectors` answers: looks, writes down, signals.
struct InspectorOpener {
  private let table: any ProcessTable
  private let file: KeptFile
  private let log: Logger
  private var book: OpenedInspectors

  /// - Parameter folder: the spool's, where it is kept what was opened.
  init(_ table: some ProcessTable, folder: String, log: Logger) {
    self.table = table
    self.log = log
    file = KeptFile(folder: folder, name: "inspectors")
    book = OpenedInspectors(text: file.text)
  }

  var isWaiting: Bool { book.isWaiting }
  /// Those that are ours to close.
  var opened: Set<TargetID> { book.opened }

  func isAwaited(_ target: TargetID) -> Bool { book.stage(of: target) == .signalled }

  /// A process was seen that a rule lets us open.
  ///
  /// - Returns: why it is not opened; nil where it is, or will be in a moment.
  mutating func look(at process: DiscoveredProcess, _ target: TargetID, now: Duration) -> String? {
    var isListening = false
    if case .at = process.location { isListening = true }
    let table = table
    let move = book.saw(
      target,
      isListening: isListening,
      namespace: process.facts.networkNamespace,
      now: now
    ) {
      SignalOpening(of: process, in: table)
    }
    switch move {
    case .rest, .lookAgain:
      write()
      return nil
    case .leave(let reason):
      write()
      return reason
    case .signal:
      let reason = signal(process)
      if let reason { book.failedToSignal(target, since: reason, now: now) }
      write()
      return reason
    }
  }

  /// - Returns: why it was not sent; nil if it was.
  private mutating func signal(_ process: DiscoveredProcess) -> String? {
    let processID = process.facts.processID
    guard write() else {
      return "it cannot be written down that its inspector is to be closed again"
    }
    // Writing takes its time, and a signal that is no longer caught ends the program.
    guard case .possible(let port) = SignalOpening(of: process, in: table),
      kill(processID, SignalOpening.signal) == 0
    else { return "it could not be signalled" }
    log.info("sent SIGUSR1 to open an inspector", ["pid": processID, "port": port])
    return nil
  }

  mutating func closed(_ target: TargetID) {
    book.closed(target)
    write()
  }

  /// Only these processes are still there.
  mutating func keep(_ present: Set<TargetID>) {
    book.keep(present)
    write()
  }

  @discardableResult
  private mutating func write() -> Bool {
    guard let text = book.takeChange() else { return true }
    let isWritten = file.replace(with: text)
    if !isWritten { log.error("what inspectors were opened could not be written down") }
    return isWritten
  }
}

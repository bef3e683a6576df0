internal import InspectorProtocols
internal import Synchronization

/// A file on its way into a conversation: read beside the session's loop, which is woken for each
/// piece and asks for the next when it has room.
final class FileReading: Sendable {
  private enum State {
    case idle
    case reading
    case came(FileNews)
    case over
  }

  /// How long a disk may take for one piece; it is not waited for beyond that.
  private static let patience = Duration.seconds(30)

  let heap: HeapNumber
  private let file: TemporaryFile
  private let wake: @Sendable () -> Void
  private let state = Mutex(State.idle)

  /// - Parameter wake: called when there is something to take.
  init(_ file: TemporaryFile, of heap: HeapNumber, wake: @escaping @Sendable () -> Void) {
    self.heap = heap
    self.file = file
    self.wake = wake
  }

  /// Begins to read the next piece, unless one is being read or waits to be taken.
  func readOn() {
    let begins = state.withLock { state in
      guard case .idle = state else { return false }
      state = .reading
      return true
    }
    guard begins else { return }
    let watchdog = Task {
      try await Task.sleep(for: Self.patience)
      put(.failed("its disk has given nothing for \(Self.patience.components.seconds) s"))
    }
    Task {
      let news = await file.next()
      watchdog.cancel()
      put(news)
    }
  }

  /// What has come; nil if nothing has.
  func take() -> FileNews? {
    state.withLock { state in
      guard case .came(let news) = state else { return nil }
      state = news.isFinal ? .over : .idle
      return news
    }
  }

  /// What comes after the disk was given up is dropped.
  private func put(_ news: FileNews) {
    let isTaken = state.withLock { state in
      guard case .reading = state else { return false }
      state = .came(news)
      return true
    }
    if isTaken { wake() }
  }
}

internal import Connections
internal import Glibc
internal import Log

/// Hears of a Bun program as soon as its inspector listens.
///
/// A program started with `BUN_INSPECT_NOTIFY=unix://SPOOL/notify.socket` connects here, says so and
/// leaves. What it says is not believed; it only makes the next scan come at once.
struct InspectorNotices {
  private let path: String
  private let newcomers: Signal

  init(folder: String, newcomers: Signal) {
    path = folder + "/notify.socket"
    self.newcomers = newcomers
  }

  func run(_ log: Logger) async {
    // The spool is locked, so nobody else can be listening there.
    unlink(path)
    do {
      let listener = try UnixListener(path: path)
      defer { listener.close() }
      while !Task.isCancelled { try await hear(listener) }
    } catch {
      guard !Task.isCancelled else { return }
      log.warning("programs cannot say that they are there", ["reason": "\(error)"])
    }
  }

  private func hear(_ listener: UnixListener) async throws {
    do {
      try await listener.accept().close()
      newcomers.raise()
    } catch let error as SocketError where error.code == .system {
      // Short of descriptors: that passes.
      try await Task.sleep(for: .seconds(1))
    }
  }
}

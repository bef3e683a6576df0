internal import Connections
internal import Glibc
internal import Log

/// A socket in the spool to which programs of this host connect by themselves.
///
/// Who may is decided by the spool's folder. Only a Bun does so, and only if its environment says
/// where:
///
/// - `BUN_INSPECT_NOTIFY=unix://SPOOL/notify.socket`: it says that its inspector listens, and leaves.
///   What it says is not believed; it only makes the next scan come at once.
/// - `BUN_INSPECT_CONNECT_TO=unix://SPOOL/inspector.socket`: the connection is its inspector. For jobs
///   that would have ended before they are found.
struct ProgramSocket {
  static let notices = "notify.socket"
  static let inspectors = "inspector.socket"

  private let path: String

  init(_ name: String, in folder: String) {
    path = folder + "/" + name
  }

  /// Listens until its task is cancelled.
  ///
  /// - Parameter came: called with each connection.
  func run(_ log: Logger, _ came: (SocketConnection) async -> Void) async {
    // The spool is locked, so nobody else can be listening there.
    unlink(path)
    do {
      let listener = try UnixListener(path: path)
      defer { listener.close() }
      while !Task.isCancelled {
        if let connection = try await next(of: listener) { await came(connection) }
      }
    } catch {
      guard !Task.isCancelled else { return }
      log.warning("programs cannot say that they are there", ["reason": "\(error)"])
    }
  }

  private func next(of listener: UnixListener) async throws -> SocketConnection? {
    do {
      return try await listener.accept()
    } catch let error as SocketError where error.code == .system {
      // Short of descriptors: that passes.
      try await Task.sleep(for: .seconds(1))
      return nil
    }
  }
}

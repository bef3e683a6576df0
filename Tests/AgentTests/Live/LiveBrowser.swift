import Connections
import Foundation
import HeapModel
import Synchronization
import TestSupport

/// A real browser that shows pages without a window anybody could see.
final class LiveBrowser: Sendable {
  enum Kind: String, CaseIterable, Sendable {
    case webKitGTK
    case firefox
    /// Listening on a Unix socket.
    case firefoxOnSocket

    static let webKitPrograms = [
      "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser",
      "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.0/MiniBrowser",
    ]

    var program: String? {
      guard self == .webKitGTK else { return FirefoxMaterial.program }
      let hasDisplay = FileManager.default.isExecutableFile(atPath: "/usr/bin/Xvfb")
      return hasDisplay ? Self.webKitPrograms.first(where: access) : nil
    }

    private func access(_ path: String) -> Bool {
      FileManager.default.isExecutableFile(atPath: path)
    }

    /// How the page's heap is called among those of its process.
    var heapName: String { self == .webKitGTK ? "/page" : "/tab " }
  }

  static let present = Kind.allCases.filter { $0.program != nil }

  let address: SocketAddress
  private let process: Mutex<Process>
  private let display: Mutex<Process?>
  private let folder = TemporaryFolder()

  var processID: Int32 { process.withLock { $0.processIdentifier } }

  /// - Parameters:
  ///   - page: HTML
  ///   - other: that of a second page
  ///   - hidesFiles: its folder for temporary files is behind a link, which no agent follows
  init(
    _ kind: Kind,
    page: String,
    other: String? = nil,
    hidesFiles: Bool = false,
    mark: String
  ) throws {
    guard let program = kind.program else { throw CocoaError(.fileNoSuchFile) }
    try folder.write("page.html", Array(page.utf8))
    var urls = ["file://" + folder.file("page.html")]
    if let other {
      try folder.write("other.html", Array(other.utf8))
      urls.append("file://" + folder.file("other.html"))
    }
    let port = UInt16.random(in: 20_000...32_000)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    var variables = ProcessInfo.processInfo.environment
    variables["RETINUE_ENVIRONMENT"] = mark
    variables["HOME"] = folder.path
    variables["TMPDIR"] = folder.path
    if hidesFiles {
      variables["TMPDIR"] = folder.file("link")
      try FileManager.default.createSymbolicLink(
        atPath: folder.file("link"),
        withDestinationPath: folder.path
      )
    }
    var display: Process?
    switch kind {
    case .webKitGTK:
      let number = Int.random(in: 200...999)
      display = try Self.start("/usr/bin/Xvfb", [":\(number)", "-nolisten", "tcp"])
      variables["DISPLAY"] = ":\(number)"
      variables["GDK_BACKEND"] = "x11"
      variables["LIBGL_ALWAYS_SOFTWARE"] = "1"
      variables["NO_AT_BRIDGE"] = "1"
      variables["WEBKIT_INSPECTOR_HTTP_SERVER"] = "127.0.0.1:\(port)"
      process.arguments = ["--javascript-can-open-windows-automatically=true"] + urls
      address = .tcp(.loopbackV4, port: port)
    case .firefox, .firefoxOnSocket:
      let preferences = [
        "devtools.debugger.remote-enabled\", true", "devtools.chrome.enabled\", true",
        "devtools.debugger.prompt-connection\", false",
      ]
      let text = preferences.map { "user_pref(\"\($0));\n" }.joined()
      try folder.write("user.js", Array(text.utf8))
      let socket = folder.file("server")
      address = kind == .firefox ? .tcp(.loopbackV4, port: port) : .unix(path: socket)
      process.arguments =
        [
          "--headless", "--no-remote", "--profile", folder.path, "--start-debugger-server",
          kind == .firefox ? "\(port)" : socket,
        ] + urls
    }
    process.environment = variables
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try withoutBlockedSignals { try process.run() }
    self.process = Mutex(process)
    self.display = Mutex(display)
  }

  deinit {
    process.withLock { if $0.isRunning { kill($0.processIdentifier, SIGKILL) } }
    display.withLock { $0?.terminate() }
  }

  private static func start(_ program: String, _ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardError = FileHandle.nullDevice
    try withoutBlockedSignals { try process.run() }
    // There is no line that says that it is ready; a client that comes too early gives up.
    Thread.sleep(forTimeInterval: 1)
    return process
  }

  /// What a page says that is to do something when the test wants it (`tell`).
  static let listener = """
    setInterval(() => {
      const script = document.createElement('script')
      script.src = 'told.js?' + Date.now()
      script.onload = script.onerror = () => script.remove()
      document.head.append(script)
    }, 200);
    """

  /// Makes the page that listens run this.
  func tell(_ script: String) throws {
    try folder.write("told.js", Array(script.utf8))
  }

  /// Files that snapshots have left behind.
  var leftovers: [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
    return names.filter { $0.hasSuffix(".fxsnapshot") }
  }

  /// Asks it to end, and waits: nil if it does not end in time.
  func timeToEnd(within limit: Duration) async throws -> Duration? {
    let began = ContinuousClock.now
    kill(processID, SIGTERM)
    while ContinuousClock.now - began < limit {
      if process.withLock({ !$0.isRunning }) { return ContinuousClock.now - began }
      try await Task.sleep(for: .milliseconds(2))
    }
    return nil
  }
}

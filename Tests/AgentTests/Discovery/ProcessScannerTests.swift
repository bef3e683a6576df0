import Agent
import Connections
import HeapModel
import TestSupport
import Testing

@Suite struct ProcessScannerTests {
  private let node = SketchedProcesses.Process()

  private func locate(
    _ process: SketchedProcesses.Process,
    _ listeners: [SketchedProcesses.Listener] = [],
    unix: [UInt64: String] = [:]
  ) -> InspectorLocation? {
    let table = SketchedProcesses(
      processes: [10: process],
      listeners: listeners,
      unixListeners: unix
    )
    var scanner = ProcessScanner()
    return scanner.scan(table).first?.location
  }

  private func at(_ port: UInt16, path: String? = nil) -> InspectorLocation {
    .at(InspectorEndpoint(address: .tcp(.loopbackV4, port: port), path: path))
  }

  // MARK: Recognition

  @Test(arguments: [
    "/usr/bin/node", "/opt/node-v24.19.0", "/usr/bin/nodejs", "/a/node20", "/b/node (deleted)",
  ])
  func `Node is known by its file`(_ executable: String) {
    var process = node
    process.executable = executable
    var scanner = ProcessScanner()

    expect(scanner.scan(SketchedProcesses(processes: [10: process])).first?.runtime, equals: .node)
  }

  @Test(arguments: ["/usr/bin/nodemon", "/usr/bin/python3", "/usr/bin/node_exporter", "/bin/bunch"])
  func `other programs are no runtimes`(_ executable: String) {
    var process = node
    process.executable = executable
    process.environment = ["NODE_OPTIONS": "--inspect"]
    var scanner = ProcessScanner()

    #expect(scanner.scan(SketchedProcesses(processes: [10: process])).isEmpty)
  }

  @Test func `a program compiled with Bun is known by its inspector's thread`() {
    var process = node
    process.executable = "/srv/pricing"
    process.environment = ["BUN_INSPECT": "ws://127.0.0.1:0/secret"]
    process.threads = ["pricing", "Debugger", "HeapHelper"]
    var scanner = ProcessScanner()
    expect(scanner.scan(SketchedProcesses(processes: [10: process])).first?.runtime, equals: .bun)

    process.threads = ["sh"]
    scanner = ProcessScanner()
    #expect(scanner.scan(SketchedProcesses(processes: [10: process])).isEmpty)
  }

  private func browser(_ program: String, maps: String) -> SketchedProcesses.Process {
    var process = node
    process.executable = program
    process.arguments = [program, "http://127.0.0.1/"]
    process.environment = ["WEBKIT_INSPECTOR_HTTP_SERVER": "127.0.0.1:9300"]
    process.maps = maps
    return process
  }

  @Test func `a WebKitGTK browser is known by its variable and its library`() {
    let library = "7f00-7f01 r-xp 0 0:1 1 /usr/lib/libwebkit2gtk-4.1.so.0.19.6\n"
    var process = browser("/usr/bin/epiphany", maps: library)
    process.sockets = [20: 500]

    expect(locate(process, [.init(inode: 500, port: 9_300)]), equals: at(9_300))
    expect(
      locate(process),
      equals: .absent("its inspector is not on port 9300, which another process may hold")
    )
    #expect(locate(browser("/usr/libexec/WebKitWebProcess", maps: library)) == nil)
    #expect(locate(browser("/bin/sh", maps: "/usr/lib/libc.so.6\n")) == nil)
  }

  private func firefox(_ arguments: String...) -> SketchedProcesses.Process {
    var process = node
    process.executable = "/usr/lib/firefox-esr/firefox-esr"
    process.arguments = ["firefox-esr"] + arguments
    process.sockets = [20: 500]
    return process
  }

  @Test func `Firefox's server is where its option says, and in no process of its pages`() {
    let listener = [SketchedProcesses.Listener(inode: 500, port: 6_080)]
    expect(locate(firefox("--start-debugger-server", "6080"), listener), equals: at(6_080))
    expect(locate(firefox("-start-debugger-server=6080"), listener), equals: at(6_080))
    let inFolder = firefox("--start-debugger-server", "/srv/fox/s")
    expect(
      locate(inFolder, unix: [500: "/srv/fox/s"]),
      equals: .at(InspectorEndpoint(address: .unix(path: "/srv/fox/s")))
    )
    #expect(locate(firefox("-contentproc", "-isForBrowser"), listener) == nil)
    // Those from the fork server write their whole command line as one text.
    var forked = firefox()
    forked.arguments = ["/usr/lib/firefox-esr/firefox-esr -contentproc -isForBrowser 6 tab"]
    #expect(locate(forked, listener) == nil)
  }

  @Test(arguments: [
    ["--headless"], ["--start-debugger-server", "ws:6080"], ["--start-debugger-server"],
  ])
  func `a Firefox that cannot be talked to is told how it could`(_ arguments: [String]) {
    var process = firefox()
    process.arguments += arguments
    guard case .absent(let advice)? = locate(process, [.init(inode: 500, port: 6_080)]) else {
      Issue.record("found")
      return
    }
    #expect(advice.contains("--start-debugger-server PORT"))
  }

  // MARK: Where Node's inspector is

  @Test func `Node without an inspector is told how to have one`() {
    var process = node
    process.sockets = [20: 500]

    expect(
      locate(process, [.init(inode: 500, port: 3_000)]),
      equals: .absent("start it with NODE_OPTIONS=--inspect=127.0.0.1:0")
    )
  }

  @Test func `an inspector opened by a signal is on Node's own port`() {
    var process = node
    process.sockets = [20: 500, 25: 501]

    expect(
      locate(process, [.init(inode: 500, port: 3_000), .init(inode: 501, port: 9_229)]),
      equals: at(9_229)
    )
  }

  @Test func `a port that another process holds is not this one's inspector`() {
    var process = node
    process.arguments = ["node", "--inspect", "app.js"]

    guard case .absent(let sentence) = locate(process, [.init(inode: 501, port: 9_229)]) else {
      Issue.record("found an inspector")
      return
    }
    #expect(sentence.contains("port 9229"))
  }

  @Test func `with any port the inspector is the socket opened first`() {
    var process = node
    process.environment = ["NODE_OPTIONS": "--max-old-space-size=100 --inspect=127.0.0.1:0"]
    process.sockets = [30: 500, 23: 501, 21: 502]

    let location = locate(
      process,
      [
        .init(inode: 500, port: 3_000), .init(inode: 501, port: 41_000),
        .init(inode: 502, address: "00000000", port: 80),
      ]
    )
    expect(location, equals: at(41_000))
  }

  @Test(arguments: ["--permission", "--experimental-permission"])
  func `under the permission model what listens is the program's own`(_ option: String) {
    var process = node
    process.environment = ["NODE_OPTIONS": "--inspect=127.0.0.1:0"]
    process.arguments = ["node", option, "app.js"]
    process.sockets = [23: 501]
    let listeners: [SketchedProcesses.Listener] = [.init(inode: 501, port: 41_000)]

    guard case .absent(let sentence) = locate(process, listeners) else {
      Issue.record("the program's own server is taken for an inspector")
      return
    }
    #expect(sentence.hasPrefix(option))
    process.arguments = ["node", option, "--allow-inspector", "app.js"]
    expect(locate(process, listeners), equals: at(41_000))
  }

  @Test func `sockets that came with the start are not the inspector's`() {
    var process = node
    process.environment = ["NODE_OPTIONS": "--inspect=127.0.0.1:0", "LISTEN_FDS": "1"]
    process.sockets = [3: 500, 23: 501]

    expect(
      locate(process, [.init(inode: 500, port: 80), .init(inode: 501, port: 41_000)]),
      equals: at(41_000)
    )
  }

  @Test(
    arguments: [
      (["node", "--inspect=9400", "app.js"], UInt16(9_400)),
      (["node", "--inspect-port=9362", "app.js"], 9_362),
      (["node", "--inspect-port", "9362", "--inspect", "app.js"], 9_362),
      (["node", "-r", "./x.js", "--inspect=localhost:9401", "app.js"], 9_401),
      (["node", "--inspect-brk=[::1]:9402", "app.js"], 9_402),
      (["node", "app.js", "--inspect=9400"], 9_229),
    ] as [([String], UInt16)]
  )
  func `the command line says the port`(_ arguments: [String], _ port: UInt16) {
    var process = node
    process.arguments = arguments
    process.sockets = [20: 500]

    expect(locate(process, [.init(inode: 500, port: port)]), equals: at(port))
  }

  @Test func `the command line stands over the environment`() {
    var process = node
    process.environment = ["NODE_OPTIONS": "--inspect=127.0.0.1:9300"]
    process.arguments = ["node", "--inspect=9301", "app.js"]
    process.sockets = [20: 500, 21: 501]

    expect(
      locate(process, [.init(inode: 500, port: 9_300), .init(inode: 501, port: 9_301)]),
      equals: at(9_301)
    )
  }

  @Test func `only loopback is connected to`() {
    var process = node
    process.arguments = ["node", "--inspect=0.0.0.0:9229", "app.js"]
    process.sockets = [20: 500]
    expect(
      locate(process, [.init(inode: 500, address: "00000000", port: 9_229)]),
      equals: at(9_229)
    )

    let sentence = "its inspector is not on loopback: start it with --inspect=127.0.0.1:0"
    expect(
      locate(process, [.init(inode: 500, address: "0A0A0A0A", port: 9_229)]),
      equals: .absent(sentence)
    )
  }

  @Test func `an IPv6 inspector is reached there`() {
    var process = node
    process.arguments = ["node", "--inspect=[::1]:9229", "app.js"]
    process.sockets = [20: 500]
    let address = "00000000000000000000000001000000"

    expect(
      locate(process, [.init(inode: 500, address: address, port: 9_229)]),
      equals: .at(InspectorEndpoint(address: .tcp(.loopbackV6, port: 9_229)))
    )
  }

  @Test func `a socket of another user is not connected to`() {
    var process = node
    process.sockets = [20: 500]

    expect(
      locate(process, [.init(inode: 500, port: 9_229, userID: 0)]),
      equals: .absent("its inspector's socket belongs to another user")
    )
  }

  @Test func `a connection is no listener`() {
    var process = node
    process.sockets = [20: 500]

    #expect(locate(process, [.init(inode: 500, port: 9_229, isListening: false)]) != at(9_229))
  }

  // MARK: Where Bun's inspector is

  private func bun(_ inspect: String?) -> SketchedProcesses.Process {
    var process = node
    process.executable = "/usr/bin/bun"
    process.arguments = ["bun", "app.js"]
    if let inspect { process.environment = ["BUN_INSPECT": inspect] }
    return process
  }

  @Test func `with any port Bun's inspector is in the loop beside the program's`() {
    var process = bun("ws://127.0.0.1:0/secret?wait=1")
    process.sockets = [5: 500, 8: 501]
    process.eventLoops = [3: [4, 5], 6: [7, 8]]
    let listeners = [
      SketchedProcesses.Listener(inode: 500, port: 3_000), .init(inode: 501, port: 41_000),
    ]
    expect(locate(process, listeners), equals: at(41_000, path: "/secret"))

    process.eventLoops = [3: [4, 8], 6: [7, 5]]
    expect(locate(process, listeners), equals: at(3_000, path: "/secret"))
  }

  @Test(
    arguments: [
      ("ws://127.0.0.1:7203/x", UInt16(7_203), "/x"),
      ("127.0.0.1:7203/x/y", 7_203, "/x/y"),
      ("/x", 6_499, "/x"),
      ("7201/x", 7_201, "/x"),
    ] as [(String, UInt16, String)]
  )
  func `Bun is told place and path`(_ inspect: String, _ port: UInt16, _ path: String) {
    var process = bun(inspect)
    process.sockets = [8: 501]

    expect(locate(process, [.init(inode: 501, port: port)]), equals: at(port, path: path))
  }

  @Test(arguments: [nil, "1", "7201", "unix:///tmp/x", "tcp://127.0.0.1:1"])
  func `Bun without a path of its own is told how to have one`(_ inspect: String?) {
    var process = bun(inspect)
    process.sockets = [8: 501]

    guard case .absent(let sentence) = locate(process, [.init(inode: 501, port: 7_201)]) else {
      Issue.record("found an inspector")
      return
    }
    #expect(sentence.contains("BUN_INSPECT=ws://127.0.0.1:0/"))
  }

  @Test func `a Unix socket is Bun's only if Bun holds it`() {
    var process = bun("ws+unix:///run/x.sock")
    process.sockets = [8: 501]

    expect(
      locate(process, unix: [501: "/run/x.sock"]),
      equals: .at(InspectorEndpoint(address: .unix(path: "/run/x.sock"), path: "/retinue"))
    )
    expect(
      locate(process, unix: [777: "/run/x.sock"]),
      equals: .absent("its inspector does not listen on /run/x.sock")
    )
  }

  // MARK: Again and again

  @Test func `an inspector that comes later is found`() {
    var table = SketchedProcesses(processes: [10: node])
    var scanner = ProcessScanner()
    #expect(scanner.scan(table).first?.location != at(9_229))

    table.processes[10]?.sockets = [20: 500]
    table.listeners = [.init(inode: 500, port: 9_229)]
    let later = (0..<ProcessScanner.scansBetweenLocations).map { _ in
      scanner.scan(table).first?.location
    }
    #expect(later.contains(at(9_229)))
  }

  @Test func `a pid that comes again is another process`() throws {
    var table = SketchedProcesses(processes: [10: node])
    var scanner = ProcessScanner()
    let first = try #require(scanner.scan(table).first)
    table.processes[10]?.startTicks = 900
    table.processes[10]?.arguments = ["node", "other.js"]

    let second = try #require(scanner.scan(table).first)
    expect(second.facts.arguments, equals: ["node", "other.js"])
    #expect(
      TargetID(bootID: "b", process: first.facts)
        != TargetID(bootID: "b", process: second.facts)
    )
  }

  @Test func `one process is looked at between two scans`() throws {
    var table = SketchedProcesses(processes: [10: node, 11: node])
    var scanner = ProcessScanner()
    let facts = try #require(scanner.scan(table).first?.facts)
    table.processes[10]?.sockets = [20: 500]
    table.listeners = [.init(inode: 500, port: 9_229)]
    expect(scanner.look(at: facts, in: table)?.location, equals: at(9_229))

    table.processes[10]?.startTicks = 900
    #expect(scanner.look(at: facts, in: table) == nil)
    // One that has ended and was not waited for has no program any more.
    table.processes[10] = .init(executable: "")
    #expect(scanner.look(at: facts, in: table) == nil)
    table.processes[10] = nil
    #expect(scanner.look(at: facts, in: table) == nil)
    expect(scanner.scan(table).map(\.facts.processID), equals: [11])
  }

  @Test func `a shell that becomes Node is found`() {
    var table = SketchedProcesses(processes: [10: node])
    table.processes[10]?.executable = "/bin/sh"
    var scanner = ProcessScanner()
    #expect(scanner.scan(table).isEmpty)

    table.processes[10]?.executable = "/usr/bin/node"
    expect(scanner.scan(table).count, equals: 1)
  }

  /// Two containers with the same port, as seen by an agent in a namespace of its own.
  private func containers(isEntered: Bool) -> [InspectorLocation] {
    var scope = ProcessScanner.Scope()
    scope.networkNamespace = "net:[9]"
    scope.entersNamespaces = isEntered
    // What the configuration names is on our own loopback.
    scope.named = [.tcp(.loopbackV4, port: 9_229): .init(runtime: .deno)]
    var scanner = ProcessScanner(scope: scope)
    var (first, second) = (node, node)
    first.sockets = [20: 500]
    (second.sockets, second.networkNamespace) = ([20: 501], "net:[2]")
    let table = SketchedProcesses(
      processes: [10: first, 11: second],
      listeners: [.init(inode: 500, port: 9_229), .init(inode: 501, port: 9_229)]
    )
    return scanner.scan(table).filter { $0.facts.processID > 0 }.map(\.location)
  }

  @Test func `the same port in two network namespaces is two inspectors`() throws {
    let places = try [(10, "net:[1]"), (11, "net:[2]")].map { processID, link in
      let namespace = try #require(NetworkNamespace(link: link, processID: Int32(processID)))
      let address = SocketAddress.namespacedTCP(.loopbackV4, port: 9_229, namespace)
      return InspectorLocation.at(InspectorEndpoint(address: address))
    }
    expect(containers(isEntered: true), equals: places)
  }

  @Test func `a namespace that may not be entered is said to be one`() {
    for location in containers(isEntered: false) {
      guard case .absent(let sentence) = location else {
        Issue.record("found an inspector")
        continue
      }
      #expect(sentence.contains("network namespace of its own: give the agent CAP_SYS_ADMIN"))
    }
  }

  // MARK: Inspectors that the configuration names

  @Test func `whoever holds a named inspector is that runtime`() {
    var scope = ProcessScanner.Scope()
    scope.recognisesRuntimes = false
    scope.named = [.tcp(.loopbackV4, port: 7_000): .init(runtime: .node)]
    var scanner = ProcessScanner(scope: scope)
    var process = node
    process.executable = "/srv/single-executable"
    process.sockets = [20: 500]
    let table = SketchedProcesses(
      processes: [10: process, 11: node],
      listeners: [.init(inode: 500, port: 7_000)]
    )

    let found = scanner.scan(table)
    expect(found.map(\.facts.processID), equals: [10])
    expect(found.first?.location, equals: at(7_000))
  }

  @Test func `a named inspector of a process we may not look into is a target without a pid`() {
    var scope = ProcessScanner.Scope()
    scope.named = [.tcp(.loopbackV4, port: 7_000): .init(runtime: .bun, path: "/x")]
    var scanner = ProcessScanner(scope: scope)
    let table = SketchedProcesses(listeners: [.init(inode: 500, port: 7_000)])

    let found = scanner.scan(table)
    expect(found.map(\.facts.processID), equals: [0])
    expect(found.first?.location, equals: at(7_000, path: "/x"))
  }

  // MARK: Identity

  @Test func `identity is of boot, namespace, inner pid, start and isolate`() {
    let table = SketchedProcesses(processes: [10: node])
    var scanner = ProcessScanner()
    let facts = scanner.scan(table)[0].facts

    expect(facts.innerProcessID, equals: 7)
    expect(facts.processNamespace, equals: "pid:[2]")
    let id = TargetID(bootID: "b", process: facts)
    expect(id.description.utf8.count, equals: 32)
    expect(id, equals: TargetID(bootID: "b", process: facts))
    #expect(id != TargetID(bootID: "c", process: facts))
    #expect(id != TargetID(bootID: "b", process: facts, heap: "worker 1"))
  }
}

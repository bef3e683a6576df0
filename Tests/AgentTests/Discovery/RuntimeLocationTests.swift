@testable import Agent
import Connections
import HeapModel
import TestSupport
import Testing

/// Where the inspectors of Deno, Chromium and workerd are, by what starts them.
@Suite struct RuntimeLocationTests {
  private typealias Process = SketchedProcesses.Process

  private func found(_ process: Process, _ ports: [UInt16]) -> DiscoveredProcess? {
    var process = process
    var listeners: [SketchedProcesses.Listener] = []
    for (index, port) in ports.enumerated() {
      let inode = UInt64(500 + index)
      process.sockets[Int32(20 + index)] = inode
      listeners.append(.init(inode: inode, port: port))
    }
    var scanner = ProcessScanner()
    return scanner.scan(SketchedProcesses(processes: [10: process], listeners: listeners)).first
  }

  private func at(_ port: UInt16) -> InspectorLocation {
    .at(InspectorEndpoint(address: .tcp(.loopbackV4, port: port)))
  }

  private func isAbsent(_ location: InspectorLocation?) -> Bool {
    if case .absent = location { true } else { false }
  }

  // MARK: Deno

  @Test(
    arguments: [
      ["deno", "run", "-A", "--inspect=127.0.0.1:0", "main.ts"],
      ["deno", "run", "--config", "deno.json", "--inspect-wait=127.0.0.1:0", "main.ts"],
      ["deno", "--inspect=127.0.0.1:0", "main.ts"],
    ]
  )
  func `Deno is told among its options, and opens its inspector first`(_ arguments: [String]) {
    let process = found(Process(executable: "/usr/bin/deno", arguments: arguments), [4_111, 80])
    expect(process?.runtime, equals: .deno)
    expect(process?.location, equals: at(4_111))
  }

  @Test func `Deno heeds Node's variable`() {
    var deno = Process(executable: "/usr/bin/deno", arguments: ["deno", "run", "main.ts"])
    deno.environment = ["NODE_OPTIONS": "--inspect=127.0.0.1:9230"]
    expect(found(deno, [80, 9_230])?.location, equals: at(9_230))
  }

  @Test func `what stands behind Deno's script is the program's`() {
    let arguments = ["deno", "run", "main.ts", "--inspect=127.0.0.1:0"]
    let process = found(Process(executable: "/usr/bin/deno", arguments: arguments), [80])
    #expect(isAbsent(process?.location))
  }

  // MARK: Chromium

  private func chromium(_ arguments: String...) -> Process {
    Process(executable: "/usr/lib/chromium/chromium", arguments: ["chromium"] + arguments)
  }

  @Test func `a browser with any port listens on nothing else`() {
    let process = found(chromium("--headless", "--remote-debugging-port=0"), [4_111])
    expect(process?.runtime, equals: .chromium)
    expect(process?.location, equals: at(4_111))
    #expect(isAbsent(found(chromium("--remote-debugging-port=0"), [4_111, 4_112])?.location))
    expect(
      found(chromium("--remote-debugging-port=9222"), [4_111, 9_222])?.location,
      equals: at(9_222)
    )
  }

  @Test func `a browser that was not asked to is not inspected`() {
    #expect(isAbsent(found(chromium(), [4_111])?.location))
    #expect(isAbsent(found(chromium("--remote-debugging-pipe"), [4_111])?.location))
  }

  @Test(arguments: ["--type=renderer", "/usr/lib/chromium/chromium --type=zygote --headless"])
  func `a browser's helpers are reached through it`(_ argument: String) {
    #expect(found(chromium(argument, "--remote-debugging-port=0"), [4_111]) == nil)
  }

  // MARK: workerd

  private func workerd(_ arguments: String...) -> Process {
    Process(executable: "/app/bin/workerd", arguments: ["workerd", "serve"] + arguments)
  }

  @Test func `of wrangler's two the proxy is connected to, the other never`() {
    let proxy = workerd(
      "--binary",
      "--experimental",
      "--socket-addr=entry=127.0.0.1:8791",
      "--control-fd=3",
      "-"
    )
    let process = found(proxy, [8_791, 9_391])
    expect(process?.runtime, equals: .workerd)
    expect(process?.location, equals: at(9_391))

    for port in [0, 40_123] {
      let user = workerd(
        "--binary",
        "--socket-addr=entry=127.0.0.1:0",
        "--inspector-addr=127.0.0.1:\(port)",
        "--debug-port=127.0.0.1:0",
        "-"
      )
      #expect(isAbsent(found(user, [40_122, 40_123, 40_124])?.location))
    }
  }

  /// A guess would run the user's worker.
  @Test func `a proxy with more ports than it should have is left alone`() {
    let proxy = workerd("--binary", "--socket-addr=entry=127.0.0.1:8791", "-")
    #expect(isAbsent(found(proxy, [8_791, 9_391, 9_392])?.location))
    #expect(isAbsent(found(proxy, [8_791])?.location))
  }

  @Test func `a workerd of its own is where its command line says`() {
    expect(
      found(workerd("config.capnp", "--inspector-addr=127.0.0.1:9801"), [8_801, 9_801])?.location,
      equals: at(9_801)
    )
    expect(
      found(workerd("config.capnp", "--inspector-addr", "127.0.0.1:9801"), [9_801])?.location,
      equals: at(9_801)
    )
    #expect(isAbsent(found(workerd("config.capnp"), [8_801])?.location))
  }

  @Test func `pages that are more than their processes share a heap`() {
    var table = SketchedProcesses()
    table.processes[7] = .init(executable: "/usr/bin/MiniBrowser")
    table.processes[8] = .init(executable: "/usr/lib/WebKitWebProcess", parentID: 7)
    table.processes[9] = .init(executable: "/usr/lib/WebKitNetworkProcess", parentID: 7)
    table.processes[10] = .init(executable: "/usr/lib/WebKitWebProcess", parentID: 6)
    var scanner = ProcessScanner()
    let program = scanner.scan(table).first
    expect(program?.sharing(programs: 1, in: table), equals: nil)
    let told = program?.sharing(programs: 2, in: table) ?? ""
    #expect(told.hasPrefix("its 2 pages have 1 process: "))
    // In a sandbox they are not the program's own children, and nothing can be said.
    table.processes[8]?.parentID = 1
    expect(program?.sharing(programs: 2, in: table), equals: nil)
  }
}

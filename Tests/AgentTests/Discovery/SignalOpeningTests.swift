import Agent
import Glibc
import HeapModel
import TestSupport
import Testing

/// When SIGUSR1 may be sent.
@Suite struct SignalOpeningTests {
  private typealias Process = SketchedProcesses.Process

  /// What is decided of a process that catches the signal, after it was changed.
  private func opening(
    _ change: (inout SketchedProcesses, inout SketchedProcesses.Process) -> Void = { _, _ in }
  ) throws -> SignalOpening {
    var process = Process(caughtSignals: [SIGINT, SIGUSR1, SIGSEGV])
    var table = SketchedProcesses()
    change(&table, &process)
    table.processes[10] = process
    var scanner = ProcessScanner()
    return SignalOpening(of: try #require(scanner.scan(table).first), in: table)
  }

  @Test func `a Node that catches it opens its usual port, or the one it was told`() throws {
    try expect(opening(), equals: .possible(port: 9_229))
    try expect(
      opening { $1.arguments = ["node", "--inspect-port=9300", "app.js"] },
      equals: .possible(port: 9_300)
    )
    try expect(
      opening { ($1.executable, $1.arguments) = ("/bin/deno", ["deno", "run", "main.ts"]) },
      equals: .possible(port: 9_229)
    )
  }

  @Test func `a program that does not catch it would end`() throws {
    try expect(
      opening { $1.caughtSignals = [SIGINT, SIGTERM] },
      equals: .impossible("it does not catch SIGUSR1, which would end it")
    )
  }

  @Test(arguments: [
    ["--permission"], ["--experimental-permission"], ["--disable-sigusr1"],
    ["--inspect-port=0"], ["--inspect-port=0.0.0.0:9229"],
  ])
  func `options that forbid it, or make it unsafe`(_ options: [String]) throws {
    for isVariable in [false, true] {
      let found = try opening { _, process in
        if isVariable { process.environment["NODE_OPTIONS"] = options[0] }
        process.arguments = ["node"] + (isVariable ? [] : options) + ["app.js"]
      }
      guard case .impossible = found else {
        Issue.record("\(options) \(found)")
        continue
      }
    }
  }

  @Test func `the permission model may leave the inspector`() throws {
    try expect(
      opening { $1.arguments = ["node", "--permission", "--allow-inspector", "app.js"] },
      equals: .possible(port: 9_229)
    )
  }

  @Test func `a port that anybody holds is not asked for`() throws {
    for address in ["0100007F", "00000000", "00000000000000000000000000000000"] {
      try expect(
        opening { table, _ in
          table.listeners = [.init(inode: 9, address: address, port: 9_229)]
        },
        equals: .impossible("port 9229, where it would open, is taken")
      )
    }
  }

  @Test func `another runtime is never signalled`() throws {
    guard case .impossible = try opening({ $1.executable = "/usr/bin/bun" }) else {
      Issue.record("Bun would be signalled")
      return
    }
  }
}

import Agent
import Configuration
import JSONStream
import TestSupport
import Testing

@Suite struct CheckReportTests {
  private static let configuration = """
    labels: {environment: staging}
    rules:
      - match: {commandLine: npm}
        ignore: true
      - match: {commandLine: checkout}
        set: {service: checkout, version: 1.4.2}
        mode: visit
        budget: {snapshotsPerDay: 6, longestPause: 5s, memory: 1GB}
        schedule: {snapshotEvery: 6h, sampleEvery: 10m}
      - match: {executable: bun}
        ignore: true
    targets:
      - {address: "127.0.0.1:9230", runtime: node}

    """

  /// Three processes: one that is inspected, one that is not, one that a rule leaves alone.
  private let table: SketchedProcesses = {
    var table = SketchedProcesses()
    table.processes[10] = .init(
      arguments: ["node", "--inspect=127.0.0.1:9229", "/srv/checkout.js"],
      environment: ["RETINUE_VERSION": "2", "POD_NAME": "checkout-1"],
      sockets: [18: 77]
    )
    table.processes[11] = .init(arguments: ["node", "/srv/cart.js"])
    table.processes[12] = .init(arguments: ["node", "/usr/bin/npm", "start"])
    table.processes[13] = .init(executable: "/bin/bash", arguments: ["bash"])
    table.listeners = [.init(inode: 77, port: 9229)]
    return table
  }()

  private func report(
    _ text: String = configuration,
    of table: SketchedProcesses? = nil
  ) throws -> CheckReport {
    HostCheck.report(
      try AgentConfiguration(parsing: text),
      table ?? self.table,
      host: Host(name: "web1", bootID: "b", bootedAtNanoseconds: 0, nanosecondsPerTick: 1),
      isSuperuser: true
    )
  }

  @Test func `each process gets what the agent would do, and who says so`() throws {
    let text = try report().lines.joined(separator: "\n")

    expect(
      text,
      equals: """
        10 node /srv/checkout.js: is visited at 127.0.0.1:9229
          service      checkout                 the rule at line 5
          version      2                        RETINUE_VERSION
          instance     checkout-1               POD_NAME
          environment  staging                  labels of the file
          mode         visit                    the rule at line 5
          rule         line 5
          budget       6 snapshots a day, pauses to 5000 ms, growth to 1000 MB
          schedule     a snapshot every 6h, 30s sampled every 10m
        11 node /srv/cart.js: is listed only: start it with NODE_OPTIONS=--inspect=127.0.0.1:0
          service      cart                     inferred from its script's name
          version      -                        nobody says it
          instance     web1:11                  inferred from host and pid
          environment  staging                  labels of the file
          mode         attached                 usual for node
          rule         none matches
          budget       no limit of its own
        12 node /usr/bin/npm: is left alone
          rule         line 3
        note: nobody listens on 127.0.0.1:9230, the target at line 13
        note: the rule at line 10 decides for no process that runs now
        """
    )
  }

  @Test func `a schedule does not sample Firefox, and that is said`() throws {
    var table = SketchedProcesses()
    table.processes[20] = .init(
      executable: "/usr/lib/firefox-esr/firefox-esr",
      arguments: ["firefox-esr", "--start-debugger-server", "6000"],
      sockets: [18: 78]
    )
    table.listeners = [.init(inode: 78, port: 6000)]
    let rule = "rules: [{match: {runtime: firefox}, schedule: {sampleEvery: 10m}}]"

    let report = try report(rule, of: table)

    let sentence =
      "each allocation of a page is 2 to 4 times dearer while Firefox logs some, so it is "
    #expect(report.lines.contains { $0.contains("not sampled: \(sentence)") }, "\(report.lines)")
    let process = try JSONValue(parsing: report.json)["processes"]?.array?.first
    let refusal = process?["schedule"]?["samplingRefusal"]?.string
    #expect(refusal?.hasPrefix(sentence) == true, "\(report.json)")
  }

  @Test func `programs read the same as JSON`() throws {
    let value = try JSONValue(parsing: try report().json)

    let processes = value["processes"]?.array ?? []
    expect(processes.count, equals: 3)
    expect(processes.map { $0["action"]?.string }, equals: ["visit", "list", "ignore"])
    expect(processes.map { $0["ruleLine"]?.int }, equals: [5, nil, 3])
    expect(processes[0]["inspector"]?.string, equals: "127.0.0.1:9229")
    expect(processes[0]["labels"]?["service"]?["origin"]?.string, equals: "the rule at line 5")
    expect(processes[0]["budget"]?["longestPause"]?.int, equals: 5_000)
    expect(processes[0]["schedule"]?["sampleFor"]?.int, equals: 30_000)
    #expect(processes[0]["schedule"]?["samplingRefusal"]?.string == nil)
    expect(processes[1]["labels"]?["service"]?["inferred"]?.bool, equals: true)
    expect(processes[1]["reason"]?.string?.hasPrefix("start it with"), equals: true)
    expect(value["notes"]?.array?.count, equals: 2)
    expect(value["schemaVersion"]?.int, equals: 1)
  }

  @Test func `without a file, and without rights, that is said`() throws {
    let host = Host(name: "web1", bootID: "b", bootedAtNanoseconds: 0, nanosecondsPerTick: 1)
    let report = HostCheck.report(
      AgentConfiguration(),
      SketchedProcesses(),
      host: host,
      isSuperuser: false
    )
    expect(
      report.lines,
      equals: [
        "no JavaScript process runs here",
        "note: only processes of this user are seen; run it as the agent's user",
      ]
    )
  }

  @Test func `what a signal would do is said`() throws {
    var table = SketchedProcesses()
    table.processes[1] = .init(arguments: ["node", "a.js"], caughtSignals: [10])
    table.processes[2] = .init(arguments: ["node", "b.js"])
    let report = HostCheck.report(
      try AgentConfiguration(
        parsing: "rules: [{match: {runtime: node}, openInspector: true}]"
      ),
      table,
      host: Host(name: "web1", bootID: "b", bootedAtNanoseconds: 0, nanosecondsPerTick: 1),
      isSuperuser: true
    )

    expect(report.plans.map(\.action.word), equals: ["open", "list"])
    let text = report.lines.joined(separator: "\n")
    #expect(text.contains("a.js: is sent SIGUSR1 to open its inspector on port 9229, and attached"))
    #expect(text.contains("it is not opened by SIGUSR1: it does not catch SIGUSR1, which would"))
  }

  @Test func `a browser stays attached whatever a rule says, and workerd is visited by itself`()
    throws
  {
    var table = SketchedProcesses()
    table.processes[1] = .init(
      executable: "/usr/bin/chromium",
      arguments: ["chromium", "--remote-debugging-port=9222"]
    )
    table.processes[2] = .init(executable: "/opt/workerd", arguments: ["workerd", "serve"])
    let report = HostCheck.report(
      try AgentConfiguration(parsing: "rules: [{match: {runtime: chromium}, mode: visit}]"),
      table,
      host: Host(name: "web1", bootID: "b", bootedAtNanoseconds: 0, nanosecondsPerTick: 1),
      isSuperuser: true
    )

    expect(report.plans.map(\.mode), equals: [.attached, .visit])
    #expect(report.plans[0].modeOrigin.hasPrefix("chromium cannot be visited"))
    expect(report.plans[1].modeOrigin, equals: "usual for workerd")
  }
}

import Configuration
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@Suite struct AgentConfigurationTests {
  private static let page: String = {
    let path = SharedMaterial.packageRoot + "/docs/agent-configuration.md"
    return (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }()

  @Test func `the page's example says what it seems to say`() throws {
    let example = try #require(Self.page.split(separator: "```yaml\n").dropFirst().first)
    let text = try #require(example.split(separator: "```").first)

    let configuration = try AgentConfiguration(parsing: String(text))
    var budget = CaptureBudget()
    (budget.snapshotsPerDay, budget.longestPause, budget.memory) = (6, .seconds(5), 1 << 30)

    let places = Places(isRoot: true) { _ in nil }
    expect(configuration.collector, equals: places.collectorAddress)
    expect(configuration.spool.folder, equals: places.spoolFolder)
    expect(configuration.labels, equals: LabelSet(environment: "staging"))
    expect(configuration.rules.count, equals: 3)
    expect(configuration.rules[0].outcome, equals: .ignore)
    expect(
      configuration.rules[1].outcome,
      equals: .watch(
        .init(
          labels: LabelSet(service: "checkout", version: "1.4.2"),
          budget: budget,
          schedule: CaptureSchedule(snapshotEvery: .seconds(6 * 3_600), sampleEvery: .seconds(600))
        )
      )
    )
    expect(configuration.rules[2].treatment?.mode, equals: .visit)
    expect(configuration.kubernetes?.podInfo, equals: "/etc/podinfo")
    expect(
      configuration.targets.map(\.address.description),
      equals: [
        "unix:/run/pricing/inspector.sock", "127.0.0.1:9230",
      ]
    )
    expect(configuration.targets[0].secretPath, equals: "/5f2c1a9e")
    expect(configuration.capture.largestHeap, equals: 2 << 30)
    expect(configuration.capture.longestPause, equals: .seconds(20))
    // What the page calls the default is it.
    let standard = AgentConfiguration()
    expect(configuration.spool.sizeLimit, equals: standard.spool.sizeLimit)
    expect(configuration.spool.ageLimit, equals: standard.spool.ageLimit)
    expect(configuration.metricsInterval, equals: standard.metricsInterval)
    expect(configuration.capture.memoryReserve, equals: standard.capture.memoryReserve)
  }

  /// An unknown key in each group makes the reader tell all the keys it knows.
  @Test(arguments: [
    "zzz: 1",
    "tls: {certificate: a, key: b, roots: c, zzz: 1}",
    "spool: {zzz: 1}",
    "labels: {zzz: 1}",
    "rules: [{match: {port: 1}, ignore: true, zzz: 1}]",
    "rules: [{match: {zzz: 1}}]",
    "rules: [{match: {port: 1}, budget: {zzz: 1}}]",
    "kubernetes: {zzz: 1}",
    "targets: [{address: 'unix:/a', runtime: node, zzz: 1}]",
    "capture: {zzz: 1}",
  ])
  func `every key is on the page`(_ text: String) throws {
    let error = #expect(throws: ConfigurationError.self) { try AgentConfiguration(parsing: text) }
    let message = try #require(error?.message)
    let keys = try #require(message.split(separator: "known here: ").last).split(separator: ", ")

    #expect(message.contains("unknown key 'zzz'"))
    expect(keys.isEmpty, equals: false)
    for key in keys {
      #expect(Self.page.contains("| `\(key)` |"), "\(key)")
    }
  }

  @Test func `without a file everything has a default`() throws {
    for text in ["", "# nothing\n", "{}", "spool:\ncapture:\nlabels:\n"] {
      try expect(AgentConfiguration(parsing: text), equals: AgentConfiguration())
    }
  }

  @Test(arguments: [
    ("colector: x", "line 1:1: unknown key 'colector'; known here: capture, collector, discovery,"),
    ("rules:\n  - set: {service: a}", "line 2:5: rules[0]: the key 'match' is missing"),
    (
      "rules:\n  - match: {port: 1}",
      "line 2:5: rules[0]: say 'set', 'mode', 'budget', 'schedule', 'openInspector' or 'ignore'"
    ),
    (
      "rules: [{match: {port: 1}, schedule: {sampleFor: 30s}}]",
      "line 1:38: rules[0].schedule: a schedule needs 'snapshotEvery' or 'sampleEvery'"
    ),
    (
      "rules: [{match: {port: 1}, schedule: {sampleEvery: 1m, sampleFor: 31s}}]",
      "line 1:67: rules[0].schedule.sampleFor: a window takes at most half the time between two"
    ),
    (
      "rules: [{match: {port: 1}, schedule: {snapshotEvery: 1h, sampleInterval: 1MiB}}]",
      "line 1:74: rules[0].schedule.sampleInterval: 'sampleEvery' is missing"
    ),
    (
      "rules: [{match: {port: 1}, schedule: {sampleEvery: 1m, sampleInterval: 1KiB}}]",
      "line 1:72: rules[0].schedule.sampleInterval: '1KiB' is not a size from 32KiB to 1GiB"
    ),
    (
      "rules: [{match: {port: 1}, mode: visit, openInspector: true}]",
      "line 1:56: rules[0].openInspector: an inspector that is opened stays open"
    ),
    (
      "rules: [{match: {port: 1}, ignore: true, mode: visit}]",
      "line 1:9: rules[0]: 'ignore' and 'mode' exclude each other"
    ),
    (
      "rules: [{match: {port: 1}, mode: stay}]",
      "line 1:34: rules[0].mode: 'stay' is not one of attached, visit"
    ),
    (
      "rules: [{match: {port: 1}, budget: {}}]",
      "line 1:36: rules[0].budget: a budget needs at least one limit"
    ),
    (
      "kubernetes: {podInfo: podinfo}",
      "line 1:23: kubernetes.podInfo: 'podinfo' is not a whole path"
    ),
    (
      "rules: [{match: {port: 1}, ignore: true, set: {}}]",
      "line 1:9: rules[0]: 'ignore' and 'set' exclude each other"
    ),
    (
      "rules: [{match: {}, ignore: true}]",
      "line 1:17: rules[0].match: a rule needs at least one condition"
    ),
    (
      "rules: [{match: {port: 0}, ignore: true}]",
      "line 1:24: rules[0].match.port: '0' is not a whole number from 1 to 65535"
    ),
    ("labels: {service: ''}", "line 1:19: labels.service: expected a text, found an empty text"),
    ("labels: {service: \"a\\nb\"}", "line 1:19: labels.service: a label is one line of at most"),
    (
      "targets: [{address: 10.0.0.1:9229, runtime: node}]",
      "line 1:21: targets[0].address: '10.0.0.1:9229' is not an address on this host: "
    ),
    ("targets: [{runtime: node}]", "line 1:11: targets[0]: the key 'address' is missing"),
    (
      "targets: [{address: 'unix:/a', runtime: perl}]",
      "line 1:41: targets[0].runtime: 'perl' is not one of node, deno, bun, chromium, workerd"
    ),
    (
      "targets: [{address: 'unix:/a', runtime: bun}]",
      "line 1:11: targets[0]: Bun needs 'secretPath'"
    ),
    (
      "targets: [{address: 'unix:/a', runtime: node, secretPath: /a}]",
      "line 1:59: targets[0].secretPath: only Bun has a secret path"
    ),
    (
      "targets: [{address: 'unix:/a', runtime: bun, secretPath: \"/a\\r\\nHost: x\"}]",
      "line 1:58: targets[0].secretPath: a secret path begins with '/'"
    ),
    ("metricsInterval: 10", "line 1:18: metricsInterval: '10' is not a time from 1s to 1h"),
    (
      "spool: {sizeLimit: 1KB}",
      "line 1:20: spool.sizeLimit: '1KB' is not a size from 64MiB to 1024TiB"
    ),
    (
      "capture: {seriesLimit: 11m}",
      "line 1:24: capture.seriesLimit: '11m' is not a time from 1s to 10m"
    ),
    ("tls: {certificate: a, key: b}", "line 1:6: tls: the key 'roots' is missing"),
    ("discovery: off", "line 1:12: discovery: 'off' is not true or false"),
  ])
  func `a wrong configuration is a sentence with its place`(_ text: String, sentence: String) {
    let error = #expect(throws: ConfigurationError.self) { try AgentConfiguration(parsing: text) }
    expect(error?.description.hasPrefix(sentence), equals: true, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    ("127.0.0.1:9229", "127.0.0.1:9229"), ("127.8.9.10:1", "127.8.9.10:1"),
    ("localhost:65535", "127.0.0.1:65535"), ("[::1]:9229", "[::1]:9229"),
    ("unix:/run/a.sock", "unix:/run/a.sock"),
    ("unix:/" + String(repeating: "a", count: 106), "unix:/" + String(repeating: "a", count: 106)),
  ])
  func `loopback addresses are taken`(_ text: String, address: String) {
    expect(TargetAddress(text)?.description, equals: address)
  }

  @Test(arguments: [
    "", "9229", ":9229", "127.0.0.1", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:+1",
    "127.0.0.1:09229", "128.0.0.1:1", "0.0.0.0:1", "127.1:1", "127.0.0.01:1", "0x7f.0.0.1:1",
    "2130706433:1", "127.0.0.1.:1", "localhost6:1", "localhost.evil.example:1", "a@127.0.0.1:1",
    "[::]:1", "::1:1", "[::ffff:127.0.0.1]:1", "unix:a.sock", "unix:", "unix:/a\0b", "１２７.0.0.1:1",
    "unix:/" + String(repeating: "a", count: 107),
  ])
  func `everything else is not`(_ text: String) {
    #expect(TargetAddress(text) == nil)
  }

  @Test func `a file is read, and named in errors`() throws {
    let path = "/tmp/retinue-configuration-\(getpid()).yaml"
    defer { unlink(path) }
    try "discovery: false\n".write(toFile: path, atomically: false, encoding: .utf8)
    chmod(path, 0o640)
    try expect(AgentConfiguration(contentsOf: path).discovery, equals: false)

    try "discovery: maybe\n".write(toFile: path, atomically: false, encoding: .utf8)
    var error = #expect(throws: ConfigurationError.self) {
      try AgentConfiguration(contentsOf: path)
    }
    expect(error?.description, equals: "\(path):1:12: discovery: 'maybe' is not true or false")

    chmod(path, 0o646)
    error = #expect(throws: ConfigurationError.self) { try AgentConfiguration(contentsOf: path) }
    expect(error?.description, equals: "\(path): may be written by everybody: chmod o-w")

    error = #expect(throws: ConfigurationError.self) { try AgentConfiguration(contentsOf: "/tmp") }
    expect(error?.description, equals: "/tmp: is not a file")
    error = #expect(throws: ConfigurationError.self) {
      try AgentConfiguration(contentsOf: "/nowhere")
    }
    expect(error?.description, equals: "/nowhere: cannot be opened: No such file or directory")
    error = #expect(throws: ConfigurationError.self) {
      try AgentConfiguration(contentsOf: "/dev/zero")
    }
    expect(error?.description, equals: "/dev/zero: is not a file")
  }

  @Test func `a file that is too large is refused`() throws {
    let path = "/tmp/retinue-configuration-large-\(getpid()).yaml"
    defer { unlink(path) }
    let text = String(repeating: "# a comment\n", count: 100_000)
    try text.write(toFile: path, atomically: false, encoding: .utf8)

    let error = #expect(throws: ConfigurationError.self) {
      try AgentConfiguration(contentsOf: path)
    }
    expect(error?.description, equals: "\(path): 1048577 bytes, more than 1048576")
  }
}

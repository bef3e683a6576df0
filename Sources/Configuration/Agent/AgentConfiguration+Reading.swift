extension AgentConfiguration {
  /// Reads a configuration from the text of a file.
  package init(parsing text: [UInt8]) throws(ConfigurationError) {
    var reader = try ConfigurationReader(ConfigurationValue(try YAMLNode(parsing: text)))
    collector = try reader.optional("collector")?.text()
    tls = try reader.optional("tls").map(ClientCertificate.init)
    spool = try reader.optional("spool").map(SpoolConfiguration.init) ?? spool
    discovery = try reader.optional("discovery")?.bool() ?? discovery
    labels = try reader.optional("labels").map(LabelSet.init) ?? labels
    kubernetes = try reader.optional("kubernetes").map(PodConfiguration.init)
    rules = try reader.optional("rules")?.list().map(ProcessRule.init) ?? []
    targets = try reader.optional("targets")?.list().map(StaticTarget.init) ?? []
    let intervals: ClosedRange<Duration> = .seconds(1) ... .seconds(3600)
    metricsInterval =
      try reader.optional("metricsInterval")?.duration(in: intervals) ?? metricsInterval
    capture = try reader.optional("capture").map(CaptureLimits.init) ?? capture
    let limit = try reader.optional("workerdMemoryLimit")?.byteSize(in: 1 << 20...1 << 40)
    workerdMemoryLimit = limit ?? workerdMemoryLimit
    try reader.finish()
  }

  package init(parsing text: String) throws(ConfigurationError) {
    try self.init(parsing: Array(text.utf8))
  }
}

extension ClientCertificate {
  fileprivate init(_ value: ConfigurationValue) throws(ConfigurationError) {
    var reader = try ConfigurationReader(value)
    certificate = try reader.required("certificate").text()
    key = try reader.required("key").text()
    roots = try reader.required("roots").text()
    try reader.finish()
  }
}

extension PodConfiguration {
  fileprivate init(_ value: ConfigurationValue) throws(ConfigurationError) {
    var reader = try ConfigurationReader(value)
    podInfo = try reader.optional("podInfo")?.folder()
    try reader.finish()
  }
}

extension SpoolConfiguration {
  fileprivate init(_ value: ConfigurationValue) throws(ConfigurationError) {
    var reader = try ConfigurationReader(value)
    folder = try reader.optional("folder")?.text()
    let sizes = 64 << 20...1 << 50
    sizeLimit = try reader.optional("sizeLimit")?.byteSize(in: sizes) ?? sizeLimit
    let ages: ClosedRange<Duration> = .seconds(60) ... .seconds(90 * 86_400)
    ageLimit = try reader.optional("ageLimit")?.duration(in: ages) ?? ageLimit
    try reader.finish()
  }
}

extension CaptureLimits {
  fileprivate init(_ value: ConfigurationValue) throws(ConfigurationError) {
    let sizes = 0...1 << 50
    let times: ClosedRange<Duration> = .seconds(1) ... .seconds(3600)
    var reader = try ConfigurationReader(value)
    enabled = try reader.optional("enabled")?.bool() ?? enabled
    largestHeap = try reader.optional("largestHeap")?.byteSize(in: sizes)
    longestPause = try reader.optional("longestPause")?.duration(in: times)
    memoryReserve = try reader.optional("memoryReserve")?.byteSize(in: sizes) ?? memoryReserve
    timeLimit = try reader.optional("timeLimit")?.duration(in: times) ?? timeLimit
    let holds: ClosedRange<Duration> = .seconds(1) ... .seconds(600)
    seriesLimit = try reader.optional("seriesLimit")?.duration(in: holds) ?? seriesLimit
    try reader.finish()
  }
}

extension LabelSet {
  fileprivate init(_ value: ConfigurationValue) throws(ConfigurationError) {
    var reader = try ConfigurationReader(value)
    service = try reader.optional("service")?.label()
    version = try reader.optional("version")?.label()
    instance = try reader.optional("instance")?.label()
    environment = try reader.optional("environment")?.label()
    try reader.finish()
  }
}

extension ProcessRule {
  fileprivate init(_ value: ConfigurationValue) throws(ConfigurationError) {
    var reader = try ConfigurationReader(value)
    line = value.node.position.line
    match = try Match(try reader.required("match"))
    let ignore = try reader.optional("ignore")?.bool()
    let set = try reader.optional("set").map(LabelSet.init)
    let mode = try reader.optional("mode")?.choice(of: WatchMode.self)
    let budget = try reader.optional("budget").map(CaptureBudget.init)
    let opening = reader.optional("openInspector")
    let opensInspector = try opening?.bool()
    let schedule = try reader.optional("schedule").map(CaptureSchedule.init)
    try reader.finish()
    if let opening, opensInspector == true, mode == .visit {
      // It would be signalled, and print five lines, for every reading.
      throw opening.error("an inspector that is opened stays open: it needs 'mode: attached'")
    }
    let named: [(key: String, isThere: Bool)] = [
      ("set", set != nil), ("mode", mode != nil), ("budget", budget != nil),
      ("openInspector", opensInspector != nil), ("schedule", schedule != nil),
    ]
    let other = named.first(where: \.isThere)?.key
    switch (ignore, other) {
    case (true, nil): outcome = .ignore
    case (true, let other?): throw value.error("'ignore' and '\(other)' exclude each other")
    case (nil, nil):
      throw value.error("say 'set', 'mode', 'budget', 'schedule', 'openInspector' or 'ignore'")
    case (false, _), (nil, .some):
      outcome = .watch(
        Treatment(
          labels: set ?? LabelSet(),
          mode: mode,
          budget: budget ?? CaptureBudget(),
          opensInspector: opensInspector ?? false,
          schedule: schedule
        )
      )
    }
  }
}

extension CaptureSchedule {
  fileprivate init(_ value: ConfigurationValue) throws(ConfigurationError) {
    self.init()
    let day: Int64 = 86_400
    let snapshots: ClosedRange<Duration> = .seconds(600) ... .seconds(30 * day)
    let samples: ClosedRange<Duration> = .seconds(60) ... .seconds(day)
    let windows: ClosedRange<Duration> = .seconds(1) ... .seconds(600)
    var reader = try ConfigurationReader(value)
    snapshotEvery = try reader.optional("snapshotEvery")?.duration(in: snapshots)
    sampleEvery = try reader.optional("sampleEvery")?.duration(in: samples)
    let window = reader.optional("sampleFor")
    sampleFor = try window?.duration(in: windows) ?? sampleFor
    let interval = reader.optional("sampleInterval")
    sampleInterval = try interval?.byteSize(in: 32 << 10...1 << 30)
    try reader.finish()
    guard snapshotEvery != nil || sampleEvery != nil else {
      throw value.error("a schedule needs 'snapshotEvery' or 'sampleEvery'")
    }
    if let needless = window ?? interval, sampleEvery == nil {
      throw needless.error("'sampleEvery' is missing")
    }
    if let sampleEvery, sampleFor > sampleEvery / 2 {
      throw (window ?? value).error("a window takes at most half the time between two")
    }
  }
}

extension CaptureBudget {
  fileprivate init(_ value: ConfigurationValue) throws(ConfigurationError) {
    self.init()
    var reader = try ConfigurationReader(value)
    snapshotsPerDay = try reader.optional("snapshotsPerDay")?.integer(in: 0...10_000)
    let pauses: ClosedRange<Duration> = .milliseconds(1) ... .seconds(3600)
    longestPause = try reader.optional("longestPause")?.duration(in: pauses)
    memory = try reader.optional("memory")?.byteSize(in: 0...1 << 50)
    try reader.finish()
    guard self != CaptureBudget() else { throw value.error("a budget needs at least one limit") }
  }
}

extension ProcessRule.Match {
  fileprivate init(_ value: ConfigurationValue) throws(ConfigurationError) {
    var reader = try ConfigurationReader(value)
    commandLine = Glob(optional: try reader.optional("commandLine")?.text())
    executable = Glob(optional: try reader.optional("executable")?.text())
    runtime = try reader.optional("runtime")?.choice(of: Runtime.self)
    port = try reader.optional("port")?.integer(in: 1...65_535)
    if let value = reader.optional("environment") {
      var variables = try ConfigurationReader(value)
      for (name, value) in variables.all() {
        environment[name] = Glob(try value.text())
      }
    }
    try reader.finish()
    guard self != ProcessRule.Match() else {
      throw value.error("a rule needs at least one condition")
    }
  }
}

extension Glob {
  fileprivate init?(optional pattern: String?) {
    guard let pattern else { return nil }
    self.init(pattern)
  }
}

extension StaticTarget {
  fileprivate init(_ value: ConfigurationValue) throws(ConfigurationError) {
    var reader = try ConfigurationReader(value)
    line = value.node.position.line
    address = try reader.required("address").address()
    runtime = try reader.required("runtime").choice(of: Runtime.self)
    labels = try reader.optional("labels").map(LabelSet.init) ?? LabelSet()
    let secret = reader.optional("secretPath")
    secretPath = try secret?.secretPath()
    try reader.finish()
    switch (runtime, secret) {
    case (.bun, nil): throw value.error("Bun needs 'secretPath', the path of its inspector")
    case (_, let secret?) where runtime != .bun: throw secret.error("only Bun has a secret path")
    default: break
    }
  }
}

extension ConfigurationValue {
  /// A label's value: short, and on one line.
  fileprivate func label() throws(ConfigurationError) -> String {
    let text = try text()
    guard text.utf8.count <= 2_048, text.unicodeScalars.allSatisfy({ $0.value >= 0x20 }) else {
      throw error("a label is one line of at most 2048 bytes")
    }
    return text
  }

  fileprivate func folder() throws(ConfigurationError) -> String {
    let text = try text()
    guard text.hasPrefix("/"), text.utf8.contains(0) == false else {
      throw error("'\(text)' is not a whole path: it begins with '/'")
    }
    return text
  }

  fileprivate func address() throws(ConfigurationError) -> TargetAddress {
    let text = try text()
    guard let address = TargetAddress(text) else {
      throw error(
        "'\(text)' is not an address on this host: 127.0.0.1:PORT, [::1]:PORT or unix:/PATH"
      )
    }
    return address
  }

  /// The path of a URL, which goes into the first line of a request as it is.
  fileprivate func secretPath() throws(ConfigurationError) -> String {
    let text = try text()
    guard text.hasPrefix("/"), text.utf8.count <= 1_024,
      text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
    else {
      throw error("a secret path begins with '/' and has neither spaces nor letters beyond ASCII")
    }
    return text
  }
}

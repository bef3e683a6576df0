/// What discovery keeps of one process: the little that recognition, labels and identity need.
package struct ProcessFacts: Sendable, Hashable {
  package var processID: Int32
  /// As `/proc/PID/stat` says it, in clock ticks since boot.
  ///
  /// With the pid it names a process for good: a pid that comes again has another one.
  package var startTicks: UInt64
  package var userID: UInt32
  /// The program's file, without the kernel's mark for one that was replaced on disk.
  package var executable: String
  package var arguments: [String]
  package var environment: ProcessEnvironment
  /// The innermost pid, which the process knows itself by.
  package var innerProcessID: Int32
  /// `pid:[4026531836]` and `net:[…]`; empty where the kernel does not tell us.
  package var processNamespace: String
  package var networkNamespace: String

  package init(
    processID: Int32,
    startTicks: UInt64,
    userID: UInt32,
    executable: String,
    arguments: [String],
    environment: ProcessEnvironment,
    innerProcessID: Int32,
    processNamespace: String = "",
    networkNamespace: String = ""
  ) {
    self.processID = processID
    self.startTicks = startTicks
    self.userID = userID
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.innerProcessID = innerProcessID
    self.processNamespace = processNamespace
    self.networkNamespace = networkNamespace
  }

  package var executableName: Substring {
    executable.split(separator: "/").last ?? ""
  }
}

extension ProcessFacts {
  /// Reads all of it; nil if the process is gone or not ours to look at.
  init?(
    of processID: Int32,
    executable: String,
    from table: some ProcessTable,
    variables: Set<String>
  ) {
    guard
      let startTicks = table.startTicks(of: processID),
      let arguments = table.contents(of: processID, "cmdline"),
      let environment = table.contents(of: processID, "environ"),
      let status = table.text(of: processID, "status").map(ProcessStatus.init(text:)),
      let userID = status.userID
    else { return nil }
    self.init(
      processID: processID,
      startTicks: startTicks,
      userID: userID,
      executable: executable,
      arguments: splitAtNull(arguments),
      environment: ProcessEnvironment(bytes: environment, others: variables),
      innerProcessID: status.innerProcessID ?? processID,
      processNamespace: table.link(of: processID, "ns/pid") ?? "",
      networkNamespace: table.link(of: processID, "ns/net") ?? ""
    )
  }
}

extension ProcessTable {
  /// The program a process runs; nil for kernel threads and processes that are not ours.
  func executable(of process: Int32) -> String? {
    guard let path = link(of: process, "exe") else { return nil }
    let mark = " (deleted)"
    return path.hasSuffix(mark) ? String(path.dropLast(mark.utf8.count)) : path
  }

  /// Whether a process that was seen is still there, and runs a program.
  ///
  /// One that has ended and was not waited for runs none.
  func stillRuns(_ process: ProcessFacts) -> Bool {
    // What is behind a socket whose process we may not see.
    guard process.processID > 0 else { return true }
    return executable(of: process.processID) != nil
      && startTicks(of: process.processID) == process.startTicks
  }

  /// Field 22 of `stat`.
  func startTicks(of process: Int32) -> UInt64? {
    let fields = statFields(of: process)
    return fields.count > 19 ? UInt64(fields[19]) : nil
  }

  /// Field 4 of `stat`.
  func parent(of process: Int32) -> Int32? {
    let fields = statFields(of: process)
    return fields.count > 1 ? Int32(fields[1]) : nil
  }

  /// Whether a process was started by another, or by what that one has started.
  func descends(_ process: Int32, from ancestor: Int32) -> Bool {
    guard process > 0, ancestor > 0 else { return false }
    var next = process
    // A browser's have one between them and it.
    for _ in 0..<8 {
      guard let parent = parent(of: next) else { return false }
      if parent == ancestor { return true }
      next = parent
    }
    return false
  }

  /// The fields of `stat` from the third on.
  ///
  /// The second is the program's name in parentheses and may itself hold spaces and parentheses, so
  /// fields are counted from the last one that closes.
  private func statFields(of process: Int32) -> [Substring] {
    guard let text = text(of: process, "stat"), let name = text.lastIndex(of: ")") else {
      return []
    }
    return text[text.index(after: name)...].split(separator: " ")
  }
}

/// The lines of `/proc/PID/status` that we use.
struct ProcessStatus {
  var userID: UInt32?
  var innerProcessID: Int32?
  /// A bit for each signal that has a handler, signal 1 in the lowest.
  var caughtSignals: UInt64 = 0

  /// The capabilities in effect, the first in the lowest bit.
  var capabilities: UInt64 = 0

  /// What entering another network namespace takes (CAP_SYS_ADMIN).
  var mayEnterNamespaces: Bool { capabilities & 1 << 21 != 0 }

  /// Whether a handler, the runtime's or the program's, takes this signal.
  func catches(_ signal: Int32) -> Bool {
    caughtSignals & (1 << UInt64(signal - 1)) != 0
  }

  init(text: String) {
    for line in text.split(separator: "\n") {
      if line.hasPrefix("Uid:") {
        userID = line.dropFirst(4).split(whereSeparator: \.isWhitespace).first
          .flatMap { UInt32($0) }
      } else if line.hasPrefix("NSpid:") {
        innerProcessID = line.dropFirst(6).split(whereSeparator: \.isWhitespace).last
          .flatMap { Int32($0) }
      } else if line.hasPrefix("SigCgt:") {
        caughtSignals = Self.mask(line) ?? 0
      } else if line.hasPrefix("CapEff:") {
        capabilities = Self.mask(line) ?? 0
      }
    }
  }

  /// The hexadecimal number behind a line's name.
  private static func mask(_ line: Substring) -> UInt64? {
    line.split(whereSeparator: \.isWhitespace).last.flatMap { UInt64($0, radix: 16) }
  }
}

/// Splits a list in which every entry ends with a zero byte, as `cmdline` and `environ` are.
func splitAtNull(_ bytes: [UInt8]) -> [String] {
  var entries = bytes.split(separator: 0, omittingEmptySubsequences: false)
  if entries.last?.isEmpty == true { entries.removeLast() }
  return entries.map { String(decoding: $0, as: UTF8.self) }
}

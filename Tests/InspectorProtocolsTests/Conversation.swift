import HeapModel
import InspectorProtocols
import JSONStream

/// A session, the messages it has sent, and a clock that moves when it is told to.
///
/// Calls are shown and answered by number: the first call is `#1`, whatever its id is. That a
/// session asks to be told of worker threads is not counted: nothing depends on the reply.
struct Conversation {
  private let runtime: RuntimeKind
  private var inspector: any InspectorConversation
  private var ids: [Int64] = []
  private(set) var now = Moment(elapsed: .zero, wall: 1_000_000_000)
  private var nextRequest: SessionRequest.ID = 1
  /// Every method that was ever sent.
  private(set) var methods: Set<String> = []

  init(_ runtime: RuntimeKind, _ change: (inout SessionOptions) -> Void = { _ in }) {
    var options = SessionOptions(nonce: 0xABC)
    change(&options)
    self.runtime = runtime
    inspector = InspectorProtocol.conversation(with: runtime, options: options)
  }

  var capabilities: Capabilities { inspector.capabilities(of: .main) }

  /// Whole seconds until the session wants to be woken; nil if it does not.
  var secondsToDeadline: Int64? {
    inspector.deadline.map { ($0 - now.elapsed).components.seconds }
  }

  mutating func start() -> [String] {
    inspector.start(at: now)
    return answer()
  }

  mutating func request(_ request: SessionRequest, of heap: UInt32 = 0) -> [String] {
    inspector.request(request, of: HeapNumber(rawValue: heap), id: nextRequest, at: now)
    nextRequest += 1
    return answer()
  }

  /// One message arrives; `#n` stands for the id of the session's nth call.
  mutating func hear(_ text: String, cut: Int? = nil) -> [String] {
    hear(bytes: Array(withIDs(text).utf8), cut: cut)
  }

  mutating func hear(bytes: [UInt8], cut: Int? = nil) -> [String] {
    inspector.receivedMessageBegin()
    let cut = min(cut ?? bytes.count, bytes.count)
    for piece in [bytes[..<cut], bytes[cut...]] where piece.isEmpty == false {
      piece.withUnsafeBytes { inspector.receivedBytes($0, at: now) }
    }
    inspector.receivedMessageEnd(at: now)
    return answer()
  }

  /// A message begins and does not end yet.
  mutating func hearPart(_ text: String, isFirst: Bool) -> [String] {
    if isFirst { inspector.receivedMessageBegin() }
    Array(withIDs(text).utf8).withUnsafeBytes { inspector.receivedBytes($0, at: now) }
    return answer()
  }

  mutating func wait(_ duration: Duration) -> [String] {
    now.elapsed += duration
    now.wall += UInt64(duration.components.seconds) * 1_000_000_000
    inspector.tick(at: now)
    return answer()
  }

  /// Somebody else comes to the inspector, or leaves it; then it is time to look what is due.
  mutating func company(_ isThere: Bool) -> [String] {
    inspector.noticed(company: isThere)
    return wait(.zero)
  }

  mutating func close() -> [String] {
    inspector.receivedClose(at: now)
    return answer()
  }

  /// The actions since the last question, each as a line.
  private mutating func answer() -> [String] {
    var lines: [String] = []
    while let next = inspector.nextAction() {
      let heap = next.heap == .main ? "" : "\(next.heap): "
      lines.append(heap + describe(next.action))
    }
    return lines
  }

  private mutating func describe(_ action: SessionAction) -> String {
    switch action {
    case .send(let text): return describeCall(text)
    case .attached(let description):
      return "attached \(description.isolate)"
        + (description.name.isEmpty ? "" : " as \(description.name)")
        + (description.detail.isEmpty ? "" : ", limited")
    case .capabilitiesChanged(let capabilities, _):
      return "capabilities \(capabilities.contains(.snapshot) ? "full" : "limited")"
    case .becameUnresponsive: return "unresponsive"
    case .becameResponsive: return "responsive"
    case .usage(let id, let reading):
      let collections = reading.collections.map { activity in
        " \(activity.kind.name) \(activity.count)"
          + (activity.forcedCount > 0 ? " forced \(activity.forcedCount)" : "")
          + (runtime == .bun ? activity.usedAfter.map { " left \($0)" } ?? "" : "")
      }
      let documents = reading.usage.documents.map {
        ", \($0.documents) documents \($0.nodes) nodes \($0.eventListeners) listeners"
      }
      return "[\(id)] usage \(reading.usage.used)/\(reading.usage.total)" + collections.joined()
        + (documents ?? "")
    case .collected(let id, let report):
      return "[\(id)] collected \(report.before.used) -> \(report.after.used)"
        + " in \(report.pauseNanoseconds / 1_000_000) ms"
    case .samplingStarted(let id): return "[\(id)] sampling"
    case .timelineStarted(let id): return "[\(id)] recording"
    case .collectionWindowOpened(let id): return "[\(id)] window opened"
    case .census(let id, let census): return "[\(id)] census of \(census.rows.count)"
    case .profile(let id, let profile):
      return "[\(id)] profile of \(profile.nodes.count), \(profile.totalSize) bytes"
    case .snapshotProgress(let id, let done, let total): return "[\(id)] \(done) of \(total)"
    case .snapshotBytes(let id, let text):
      return "[\(id)] text \(String(decoding: text, as: UTF8.self))"
    case .snapshotEnded(let id, let report):
      let epoch = report.identity.epoch.isEmpty ? "none" : report.identity.epoch
      let previews = report.collections.map { " @\($0.objectID) of \($0.entryCount)" }
      return "[\(id)] snapshot of \(report.byteCount) bytes, epoch \(epoch)" + previews.joined()
    case .seriesEnded: return "series ended"
    case .retitled(let title): return "retitled \(title)"
    case .heapPassedOver: return "passed over"
    case .moved(let processID): return "moved to \(processID)"
    case .readFile(let id, let name): return "[\(id)] read \(name)"
    case .failed(let id, let failure): return "[\(id)] \(failure.code)"
    case .letGo(let reason):
      if case .unusable = reason { return "let go: unusable" }
      return "let go: \(reason)"
    }
  }

  private mutating func describeCall(_ text: [UInt8]) -> String {
    guard let message = try? JSONValue(parsing: text), let id = message["id"]?.int,
      let method = message["method"]?.string
    else { return "unreadable \(String(decoding: text, as: UTF8.self))" }
    methods.insert(method)
    if ["NodeWorker.enable", "Worker.enable", "Worker.initialized"].contains(method) {
      return method
    }
    if ["NodeWorker", "Worker", "Target"].contains(where: { method.hasPrefix("\($0).sendMessage") })
    {
      let inner = message["params"]?["message"]?.string ?? ""
      return "enclosed \(describeCall(Array(inner.utf8)))"
    }
    ids.append(id)
    let session = message["sessionId"]?.string.map { "in \($0) " } ?? ""
    return "\(session)#\(ids.count) \(method)\(Self.describe(message["params"]))"
  }

  /// Expressions are told apart by what they begin with; the rest of a call is shown as it is.
  private static func describe(_ parameters: JSONValue?) -> String {
    guard let parameters else { return "" }
    if let expression = parameters["expression"]?.string {
      if expression.contains("getHeapStatistics") { return " usage" }
      if expression.contains("globalThis, Object") { return " anchors" }
      if expression.contains("disconnect()") { return " clean-up" }
      if expression.contains("inspector") { return " close" }
      if expression.contains("objectCount") { return " objects" }
      if expression == "JSON.stringify(location.href)" { return " location" }
      return expression.contains("heapSize()") ? " usage" : " ???"
    }
    var writer = JSONWriter()
    writer.value(parameters)
    return " " + writer.text
  }

  private func withIDs(_ text: String) -> String {
    let parts = text.split(separator: "#", omittingEmptySubsequences: false)
    return parts.dropFirst().reduce(into: String(parts[0])) { result, part in
      let digits = part.prefix { $0.isNumber }
      let id = Int(digits).flatMap { ids.indices.contains($0 - 1) ? ids[$0 - 1] : 0 }
      result += id.map { String($0) } ?? "#"
      result += part.dropFirst(digits.count)
    }
  }
}

/// What Node answers.
enum NodeReply {
  static let notStarted =
    #""error":{"code":-32000,"message":"V8 sampling heap profiler was not started."}"#

  /// An answer of the expression `usage`.
  static func usage(
    _ number: Int,
    used: Int,
    minor: Int = 0,
    major: Int = 0,
    spaces: String = "[]",
    engine: String = "12.4.254.21-node.33"
  ) -> String {
    let inner =
      #"{"engine":"\#(engine)","memory":{"rss":9,"external":3,"arrayBuffers":1},"heap":{"used_heap_size":\#(used),"#
      + #""total_heap_size":2000,"heap_size_limit":4000},"spaces":\#(spaces),"collections":"#
      + #"{"counts":{"1":\#(minor),"4":\#(major)},"pauses":{"1":1.5,"4":2.5},"#
      + #""longest":{"1":0.75},"usedAfterMajor":77}}"#
    return string(number, inner)
  }

  static func string(_ number: Int, _ value: String) -> String {
    var writer = JSONWriter()
    writer.string(value)
    return ##"{"id":#\##(number),"result":{"result":{"type":"string","value":\##(writer.text)}}}"##
  }

  static func chunk(_ text: String) -> String {
    var writer = JSONWriter()
    writer.string(text)
    return #"{"method":"HeapProfiler.addHeapSnapshotChunk","params":{"chunk":\#(writer.text)}}"#
  }

  static func ok(_ number: Int) -> String { ##"{"id":#\##(number),"result":{}}"## }

  static func objectID(_ number: Int, _ id: Int) -> String {
    ##"{"id":#\##(number),"result":{"heapSnapshotObjectId":"\##(id)"}}"##
  }

  static func anchors(_ number: Int) -> String {
    let properties = (0..<33).map { index in
      #"{"name":"\#(index)","value":{"type":"object","objectId":"handle-\#(index)"}}"#
    }
    let length = #"{"name":"length","value":{"type":"number","value":33}}"#
    let list = (properties.shuffled() + [length]).joined(separator: ",")
    return ##"{"id":#\##(number),"result":{"result":[\##(list)]}}"##
  }
}

extension Conversation {
  /// A session with Node that stands; its calls so far are #1 to #3.
  static func attachedToNode(
    _ change: (inout SessionOptions) -> Void = { _ in }
  ) -> Conversation {
    var conversation = Conversation(.node, change)
    _ = conversation.start()
    for number in 1...2 { _ = conversation.hear(NodeReply.ok(number)) }
    _ = conversation.hear(##"{"id":#3,"result":{"id":"6f2ed9fcb2a42580"}}"##)
    return conversation
  }

  /// A session with Bun that stands; its call so far is #1.
  static func attachedToBun(
    _ change: (inout SessionOptions) -> Void = { _ in }
  ) -> Conversation {
    var conversation = Conversation(.bun, change)
    _ = conversation.start()
    _ = conversation.hear(##"{"result":{},"id":#1}"##)
    return conversation
  }
}

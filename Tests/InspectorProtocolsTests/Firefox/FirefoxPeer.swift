import HeapModel
import InspectorProtocols
import JSONStream

/// A conversation with Firefox, whose packets are written and shown as short lines.
struct FirefoxPeer {
  private var inspector: any InspectorConversation
  private(set) var now = Moment(elapsed: .zero, wall: 1_000_000_000)
  private var nextRequest: SessionRequest.ID = 1
  /// What the last request that failed was told.
  private(set) var lastFailure = ""

  init() {
    let options = SessionOptions(nonce: 0xABC)
    inspector = InspectorProtocol.conversation(with: .firefox, options: options)
    inspector.start(at: now)
  }

  func capabilities(of heap: UInt32) -> Capabilities {
    inspector.capabilities(of: HeapNumber(rawValue: heap))
  }

  mutating func request(_ request: SessionRequest, of heap: UInt32 = 0) -> [String] {
    inspector.request(request, of: HeapNumber(rawValue: heap), id: nextRequest, at: now)
    nextRequest += 1
    return answer()
  }

  /// Packets arrive in one piece, or cut after so many bytes.
  mutating func hear(_ packets: String..., cut: Int? = nil) -> [String] {
    hear(bytes: packets.flatMap(Self.frame), cut: cut)
  }

  mutating func hear(bytes: [UInt8], cut: Int? = nil) -> [String] {
    let cut = min(cut ?? bytes.count, bytes.count)
    for piece in [bytes[..<cut], bytes[cut...]] where piece.isEmpty == false {
      piece.withUnsafeBytes { inspector.receivedBytes($0, at: now) }
    }
    return answer()
  }

  /// What comes of a file that was asked for on behalf of a tab's request.
  mutating func read(_ news: FileNews..., for id: SessionRequest.ID = 1) -> [String] {
    for news in news {
      inspector.receivedFile(news, for: id, of: HeapNumber(rawValue: 1), at: now)
    }
    return answer()
  }

  mutating func wait(_ duration: Duration) -> [String] {
    now.elapsed += duration
    inspector.tick(at: now)
    return answer()
  }

  mutating func close() -> [String] {
    inspector.receivedClose(at: now)
    return answer()
  }

  static func frame(_ packet: String) -> [UInt8] {
    Array("\(packet.utf8.count):\(packet)".utf8)
  }

  static func bulk(_ actor: String, _ bytes: [UInt8]) -> [UInt8] {
    Array("bulk \(actor) undefined \(bytes.count):".utf8) + bytes
  }

  private mutating func answer() -> [String] {
    var lines: [String] = []
    while let next = inspector.nextAction() {
      if case .failed(_, let failure) = next.action { lastFailure = failure.message }
      lines.append((next.heap == .main ? "" : "\(next.heap): ") + Self.describe(next.action))
    }
    return lines
  }

  private static func describe(_ action: SessionAction) -> String {
    switch action {
    case .send(let bytes): return describeCall(bytes)
    case .attached(let description):
      return "attached \(description.name.isEmpty ? "parent" : description.name)"
        + " \(description.title) \(description.version)"
        + (description.processID > 0 ? " in \(description.processID)" : "")
    case .usage(let id, let reading):
      let collections = reading.collections.map { activity in
        " \(activity.kind.name) \(activity.count) forced \(activity.forcedCount)"
          + " in \(activity.pauseNanoseconds / 1_000) µs"
      }
      return "[\(id)] usage \(reading.usage.used)/\(reading.usage.total)" + collections.joined()
    case .collected(let id, let report):
      return "[\(id)] collected \(report.before.used) -> \(report.after.used)"
        + " in \(report.pauseNanoseconds / 1_000) µs"
    case .snapshotBytes(let id, let bytes): return "[\(id)] \(bytes.count) bytes"
    case .snapshotEnded(let id, let report): return "[\(id)] snapshot of \(report.byteCount) bytes"
    case .failed(let id, let failure): return "[\(id)] \(failure.code)"
    case .letGo(.unusable): return "let go: unusable"
    case .letGo(let reason): return "let go: \(reason)"
    case .becameUnresponsive: return "unresponsive"
    case .becameResponsive: return "responsive"
    case .seriesEnded: return "series ended"
    case .retitled(let title): return "retitled \(title)"
    case .heapPassedOver: return "passed over"
    case .moved(let processID): return "moved to \(processID)"
    case .readFile(let id, let name): return "[\(id)] read \(name)"
    case .samplingStarted(let id): return "[\(id)] sampling"
    case .profile(let id, let profile):
      let nodes = profile.nodes.dropFirst().map { node in
        let caller = profile.frames[Int(profile.nodes[Int(node.parent)].frame)].function
        let frame = profile.frames[Int(node.frame)]
        return " \(caller) > \(frame.function):\(frame.line) \(node.selfSize) in \(node.count);"
      }
      return "[\(id)] \(profile.measure) every \(profile.intervalBytes):" + nodes.joined()
    case .census(let id, let census):
      let rows = census.rows.map { " \($0.group.name) \($0.name) \($0.count) \($0.bytes);" }
      return "[\(id)] census:" + rows.joined()
    case .capabilitiesChanged, .timelineStarted, .collectionWindowOpened, .snapshotProgress:
      return "\(action)"
    }
  }

  /// `tab8 getWatcher`: the actor without its connection, and the packet's type.
  private static func describeCall(_ bytes: [UInt8]) -> String {
    guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
      let length = Int(String(decoding: bytes[..<colon], as: UTF8.self)),
      length == bytes.count - colon - 1,
      let packet = try? JSONValue(parsing: Array(bytes[(colon + 1)...])),
      let actor = packet["to"]?.string, let type = packet["type"]?.string
    else { return "unreadable \(String(decoding: bytes, as: UTF8.self))" }
    let snapshot = packet["snapshotId"]?.string.map { " \($0)" } ?? ""
    let file =
      packet["text"]?.string?.split(separator: "'").dropFirst().first.map { " \($0)" } ?? ""
    let chance = packet["options"]?["probability"]?.double.map { " \($0)" } ?? ""
    return "\(actor.replacing("server1.conn0.", with: "")) \(type)\(snapshot)\(file)\(chance)"
  }
}

/// What Firefox 153 says (shared/traces/firefox), shortened.
enum FirefoxPacket {
  static let greeting =
    #"{"from":"root","applicationType":"browser","testConnectionPrefix":"server1.conn0.","traits":{}}"#
  static let root =
    #"{"deviceActor":"server1.conn0.device3","heapSnapshotFileActor":"server1.conn0.files4","from":"root"}"#
  static let device =
    #"{"value":{"version":"153.7.0","appbuildid":"20261103151912"},"from":"server1.conn0.device3"}"#
  static let parentProcess =
    #"{"processDescriptor":{"actor":"server1.conn0.process9","id":0,"isParent":true},"from":"root"}"#
  static let parentTarget =
    #"{"process":{"actor":"server1.conn0.parent10","targetType":"frame","consoleActor":"#
    + #""server1.conn0.console11","memoryActor":"server1.conn0.memory14"},"from":"server1.conn0.process9"}"#
  static let watcher =
    #"{"actor":"server1.conn0.watcher17","traits":{"frame":true},"from":"server1.conn0.tab8"}"#
  static let watching = #"{"from":"server1.conn0.watcher17"}"#

  static func tabs(_ list: [(tab: Int, url: String)]) -> String {
    let tabs = list.map { tab, url in
      #"{"actor":"server1.conn0.tab\#(tab)","browserId":\#(tab),"isZombieTab":false,"#
        + #""title":"t","url":"\#(url)"}"#
    }
    return #"{"tabs":[\#(tabs.joined(separator: ","))],"from":"root"}"#
  }

  /// - Parameter pid: 0 where it is not told
  static func available(_ process: Int, url: String = "http://h/a.html", pid: Int = 0) -> String {
    let told = pid > 0 ? #""processID":\#(pid),"# : ""
    return
      #"{"type":"target-available-form","target":{\#(told)"actor":"server1.conn0.w.process\#(process)//target2","#
      + #""targetType":"frame","isTopLevelTarget":true,"url":"\#(url)","consoleActor":"c","#
      + #""memoryActor":"server1.conn0.w.process\#(process)//memory6"},"from":"server1.conn0.watcher17"}"#
  }

  static func destroyed(_ process: Int) -> String {
    #"{"type":"target-destroyed-form","target":{"actor":"server1.conn0.w.process\#(process)//target2","#
      + #""isTopLevelTarget":true},"options":{},"from":"server1.conn0.watcher17"}"#
  }

  static func attached(_ actor: String) -> String {
    #"{"type":"attached","from":"server1.conn0.\#(actor)"}"#
  }

  static func empty(_ actor: String) -> String { #"{"from":"server1.conn0.\#(actor)"}"# }

  static func measure(_ actor: String, _ objects: Int) -> String {
    #"{"total":1528757,"domSize":16704,"styleSize":29632,"jsObjectsSize":\#(objects),"#
      + #""jsStringsSize":4800,"jsOtherSize":200,"otherSize":59856,"jsMilliseconds":"0.1","#
      + #""nonJSMilliseconds":"0.1","from":"server1.conn0.\#(actor)"}"#
  }

  /// A log of allocations: by innermost frame and size, with the table of all frames.
  static func log(_ allocations: [(frame: Int, size: Int)]) -> String {
    let time = allocations.map { _ in "8563.207231" }.joined(separator: ",")
    let (stacks, sizes) = (allocations.map(\.frame), allocations.map(\.size))
    return
      #""allocations":\#(stacks),"allocationsTimestamps":[\#(time)],"allocationSizes":\#(sizes),"#
      + #""frames":[null,\#(frame(nil, 0, 0)),\#(frame("main", 0, 1)),\#(frame("grow", 2, 0))]"#
  }

  private static func frame(_ name: String?, _ parent: Int, _ asynchronous: Int) -> String {
    let place = name.map {
      #""line":7,"column":55,"source":"http://h/a.js","functionDisplayName":"\#($0)""#
    }
    let none = #""line":null,"column":null,"source":null,"functionDisplayName":null"#
    return
      #"{\#(place ?? none),"parent":\#(parent),"asyncParent":\#(asynchronous),"asyncCause":null}"#
  }

  static func logged(_ actor: String, _ allocations: [(frame: Int, size: Int)]) -> String {
    #"{"type":"allocations","data":{\#(log(allocations))},"from":"server1.conn0.\#(actor)"}"#
  }

  static func drained(_ actor: String, _ allocations: [(frame: Int, size: Int)]) -> String {
    #"{\#(log(allocations)),"from":"server1.conn0.\#(actor)"}"#
  }

  static func value(_ actor: String) -> String {
    #"{"value":8551.363776,"from":"server1.conn0.\#(actor)"}"#
  }

  static func collected(_ actor: String, from start: Double, to end: Double) -> String {
    #"{"type":"garbage-collection","data":{"nonincrementalReason":"NonIncrementalRequested","#
      + #""reason":"COMPONENT_UTILS","gcCycleNumber":1,"collections":[{"startTimestamp":\#(start),"#
      + #""endTimestamp":\#(end)}]},"from":"server1.conn0.\#(actor)"}"#
  }
}

extension FirefoxPeer {
  static let memory = "w.process5//memory6"

  /// Parent process (heap 0) and one tab (heap 1), both attached.
  static func attached() -> FirefoxPeer {
    var firefox = FirefoxPeer()
    _ = firefox.hear(FirefoxPacket.greeting, FirefoxPacket.root)
    _ = firefox.hear(FirefoxPacket.parentProcess, FirefoxPacket.tabs([(8, "http://h/a.html")]))
    _ = firefox.hear(FirefoxPacket.device, FirefoxPacket.parentTarget, FirefoxPacket.watcher)
    _ = firefox.hear(FirefoxPacket.attached("memory14"))
    _ = firefox.hear(FirefoxPacket.available(5), FirefoxPacket.watching)
    _ = firefox.hear(FirefoxPacket.attached(memory))
    return firefox
  }
}

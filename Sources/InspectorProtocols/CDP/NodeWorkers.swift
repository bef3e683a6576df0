internal import JSONStream

/// Worker threads of Node: their messages travel as strings inside messages of the main thread
/// (domain `NodeWorker`).
extension CDPDialect {
  static let nodeWorkerEnclosure = MessageReader.TextPlace(
    container: "params",
    key: "message",
    method: "NodeWorker.receivedMessageFromWorker"
  )

  static func heapNews(in message: IncomingMessage) -> HeapNews? {
    nodeWorkerNews(in: message) ?? targetNews(in: message)
  }

  private static func nodeWorkerNews(in message: IncomingMessage) -> HeapNews? {
    switch message.method {
    case "NodeWorker.attachedToWorker":
      guard let session = message.payload["sessionId"]?.string else { return nil }
      return .appeared(nodeWorker(message.payload["workerInfo"] ?? .null, session: session))
    case "NodeWorker.detachedFromWorker":
      return message.payload["sessionId"]?.string.map { .gone(session: $0) }
    default:
      return nil
    }
  }

  static func sessionOfEnclosure(in message: IncomingMessage) -> String? {
    message.payload["sessionId"]?.string
  }

  static func enclosing(_ text: [UInt8], for heap: HeapIntroduction) -> CDPCommand? {
    heap.channel.session.map { .sendMessageToWorker(session: $0, message: text) }
  }

  /// The thread's number is in the title, `[worker 2] beta`; ids count in the order in which threads
  /// are announced to us, which is another each time.
  private static func nodeWorker(_ info: JSONValue, session: String) -> HeapIntroduction {
    let title = info["title"]?.string ?? ""
    let label = title.prefix { $0 != "]" }
    let number = label.filter { $0.isASCII && $0.isNumber }
    return HeapIntroduction(
      channel: .enclosed(session: session),
      kind: "worker",
      name: "worker \(number.isEmpty ? info["workerId"]?.string ?? session : String(number))",
      title: info["url"]?.string ?? title
    )
  }
}

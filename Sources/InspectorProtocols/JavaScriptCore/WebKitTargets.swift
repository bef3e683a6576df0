internal import JSONStream

/// What a page is called on the connection to it.
enum WebKitPage {
  static let kind = "page"
  static let name = "page"
}

/// Pages and workers of WebKit: a page's messages travel as strings inside messages of the
/// connection (domain `Target`), a worker's as strings inside messages of its page (`Worker`).
extension JSCDialect {
  static let webKitEnclosures = [
    MessageReader.TextPlace(
      container: "params",
      key: "message",
      method: "Target.dispatchMessageFromTarget"
    ),
    MessageReader.TextPlace(
      container: "params",
      key: "message",
      method: "Worker.dispatchMessageFromWorker"
    ),
  ]

  static func heapNews(in message: IncomingMessage) -> HeapNews? {
    let payload = message.payload
    switch message.method {
    case "Target.targetCreated":
      // A provisional one is a page that is still being loaded, in another process, and may not
      // come to anything.
      guard let target = payload["targetInfo"], target["isProvisional"]?.bool != true,
        target["type"]?.string == "page", let session = target["targetId"]?.string
      else { return nil }
      return .appeared(page(session))
    case "Target.didCommitProvisionalTarget":
      return payload["newTargetId"]?.string.map { .appeared(page($0)) }
    case "Target.targetDestroyed":
      return payload["targetId"]?.string.map { .gone(session: $0) }
    case "Worker.workerCreated":
      return payload["workerId"]?.string.map { .appeared(worker($0, payload)) }
    case "Worker.workerTerminated":
      return payload["workerId"]?.string.map { .gone(session: $0) }
    default:
      return nil
    }
  }

  static func sessionOfEnclosure(in message: IncomingMessage) -> String? {
    message.payload["targetId"]?.string ?? message.payload["workerId"]?.string
  }

  static func enclosing(_ text: [UInt8], for heap: HeapIntroduction) -> JSCCommand? {
    guard let session = heap.channel.session else { return nil }
    return heap.kind == WebKitPage.kind
      ? .sendMessageToTarget(session: session, message: text)
      : .sendMessageToWorker(session: session, message: text)
  }

  static func welcoming(_ heap: HeapIntroduction) -> JSCCommand? {
    guard heap.kind == "worker", let session = heap.channel.session else { return nil }
    return .initializedWorker(session: session)
  }

  private static func page(_ session: String) -> HeapIntroduction {
    HeapIntroduction(
      channel: .enclosed(session: session),
      kind: WebKitPage.kind,
      name: WebKitPage.name,
      title: ""
    )
  }

  /// Ids are `worker:0.1`, and stay for as long as the worker lives.
  private static func worker(_ session: String, _ payload: JSONValue) -> HeapIntroduction {
    let number = session.hasPrefix("worker:") ? String(session.dropFirst(7)) : session
    return HeapIntroduction(
      channel: .enclosed(session: session),
      kind: "worker",
      name: "worker \(number)",
      title: payload["url"]?.string ?? payload["name"]?.string ?? ""
    )
  }
}

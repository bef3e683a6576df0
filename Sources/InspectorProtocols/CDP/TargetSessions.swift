internal import JSONStream

/// What the domain `Target` announces: workers of Deno, and everything in a browser that has a heap.
/// Their messages stand beside those of the session that was connected to.
///
/// A browser announces a service worker once by itself and once more by each page that it serves,
/// in a session each.
extension CDPDialect {
  static func targetNews(in message: IncomingMessage) -> HeapNews? {
    switch message.method {
    case "Target.attachedToTarget":
      guard let session = message.payload["sessionId"]?.string,
        let info = message.payload["targetInfo"], let heap = target(info, session: session)
      else { return nil }
      return .appeared(heap)
    case "Target.detachedFromTarget":
      return message.payload["sessionId"]?.string.map { .gone(session: $0) }
    case "Target.targetDestroyed":
      return message.payload["targetId"]?.string.map { .destroyed(identity: $0) }
    case "Target.targetCrashed":
      return message.payload["targetId"]?.string.map { .crashedForAll(identity: $0) }
    case "Target.targetInfoChanged":
      guard let info = message.payload["targetInfo"], let identity = info["targetId"]?.string
      else { return nil }
      return .retitled(identity: identity, title: title(of: info))
    case "Inspector.targetCrashed":
      return message.sessionID.map { .crashed(session: $0) }
    case "Inspector.targetReloadedAfterCrash":
      return message.sessionID.map { .revived(session: $0) }
    default:
      return nil
    }
  }

  /// What has a heap that a developer wrote: not the browser's own windows, nor its worklets.
  private static let kinds: [String: String] = [
    "node_worker": "worker", "page": "page", "iframe": "frame", "worker": "worker",
    "shared_worker": "shared worker", "service_worker": "service worker", "webview": "webview",
    "background_page": "background page",
  ]

  private static func target(_ info: JSONValue, session: String) -> HeapIntroduction? {
    guard let kind = info["type"]?.string, let word = kinds[kind],
      let identity = info["targetId"]?.string
    else { return nil }
    return HeapIntroduction(
      channel: .flat(session: session),
      identity: identity,
      kind: kind,
      // Deno counts its workers; a browser's names are 32 random digits, of which 8 tell apart.
      name: "\(word) \(identity.prefix(8).lowercased())",
      title: title(of: info)
    )
  }

  private static func title(of info: JSONValue) -> String {
    let url = info["url"]?.string ?? ""
    return url.isEmpty ? info["title"]?.string ?? "" : url
  }
}

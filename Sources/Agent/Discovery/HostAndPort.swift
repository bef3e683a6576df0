/// `port`, `host`, `host:port` or `[v6]:port`.
struct HostAndPort: Hashable {
  var host: String?
  var port: UInt16?

  init?(_ text: String) {
    if text.hasPrefix("[") {
      guard let close = text.firstIndex(of: "]") else { return nil }
      host = String(text[text.index(after: text.startIndex)..<close])
      let rest = text[text.index(after: close)...]
      guard !rest.isEmpty else { return }
      guard rest.hasPrefix(":"), let number = UInt16(rest.dropFirst()) else { return nil }
      port = number
    } else if let number = UInt16(text) {
      port = number
    } else if let colon = text.lastIndex(of: ":") {
      guard let number = UInt16(text[text.index(after: colon)...]) else { return nil }
      host = String(text[..<colon])
      port = number
    } else {
      guard !text.isEmpty else { return nil }
      host = text
    }
  }
}

internal import JSONStream

/// One inspectable thing from `/json/list`.
///
/// What the answer says is data: of the WebSocket's address only the path is taken, host and port
/// are those that were asked. Otherwise whoever answers could send us anywhere.
package struct InspectorListing: Hashable, Sendable {
  package var id: String
  /// As the process names its script.
  package var title: String
  package var scriptURL: String
  /// Begins with a slash; safe to put into a request line.
  package var webSocketPath: String

  package init(id: String, title: String, scriptURL: String, webSocketPath: String) {
    self.id = id
    self.title = title
    self.scriptURL = scriptURL
    self.webSocketPath = webSocketPath
  }

  /// Real answers have one entry for Node and some dozens for a browser.
  private static let limit = 256

  /// Reads the answer's body; entries that have no usable path are left out, and what is no
  /// listing at all has none.
  package static func read(body: [UInt8]) -> [InspectorListing] {
    let entries = (try? JSONValue(parsing: body))?.array ?? []
    return entries.prefix(limit).compactMap { entry in
      guard let address = entry["webSocketDebuggerUrl"]?.string, let path = path(of: address)
      else { return nil }
      return InspectorListing(
        id: entry["id"]?.string ?? "",
        title: entry["title"]?.string ?? "",
        scriptURL: entry["url"]?.string ?? "",
        webSocketPath: path
      )
    }
  }

  /// The entry to connect to.
  ///
  /// Older Denos list workers beside the main program and before it, and a `workerd` under
  /// miniflare a dozen services that are none of the user's (`core:user:NAME` are).
  package static func main(of listings: [InspectorListing]) -> InspectorListing? {
    let programs = listings.filter { !$0.title.hasPrefix("deno - worker") }
    return programs.first { $0.webSocketPath.hasPrefix("/core:user:") } ?? programs.first
  }

  /// The path of a `ws://host:port/path`, if it has only characters that mean nothing elsewhere.
  static func path(of address: String) -> String? {
    guard address.hasPrefix("ws://") else { return nil }
    let rest = address.dropFirst(5)
    guard let slash = rest.firstIndex(of: "/") else { return nil }
    let path = String(rest[slash...])
    let isSafe = path.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"),
        UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"), UInt8(ascii: ":"):
        true
      default: false
      }
    }
    return isSafe && path.utf8.count <= 256 ? path : nil
  }
}

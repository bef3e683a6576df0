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
  /// What it is called among those that its process lists; empty for the only one there can be.
  package var name: String
  /// What its developer calls it, where it is a service by itself; else empty.
  package var service: String

  package init(
    id: String,
    title: String,
    scriptURL: String,
    webSocketPath: String,
    name: String = "",
    service: String = ""
  ) {
    self.id = id
    self.title = title
    self.scriptURL = scriptURL
    self.webSocketPath = webSocketPath
    self.name = name
    self.service = service
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

  /// The entry that is the process's program.
  ///
  /// Older Denos list workers beside it and before it.
  package static func main(of listings: [InspectorListing]) -> InspectorListing? {
    listings.first { !$0.title.hasPrefix("deno - worker") }
  }

  /// The entries of a `workerd` that are a developer's workers: several by their names, the only one
  /// without, since it is the process's program.
  ///
  /// Under miniflare a dozen services are listed beside those of the user, `core:user:NAME`, and one
  /// of miniflare's own looks like them.
  package static func workers(of listings: [InspectorListing]) -> [InspectorListing] {
    let users = listings.filter { listing in
      listing.webSocketPath.hasPrefix(userService)
        && !listing.webSocketPath.hasPrefix(userService + "miniflare-")
    }
    let workers = users.isEmpty ? listings : users
    guard workers.count > 1 else { return workers }
    return workers.map { worker in
      var worker = worker
      let path = worker.webSocketPath
      let isUsers = path.hasPrefix(userService)
      worker.name = String(path.dropFirst(isUsers ? userService.count : 1))
      worker.service = worker.name
      // The address is the same for all of them, and belongs to none.
      (worker.title, worker.scriptURL) = (worker.name, "")
      return worker
    }
  }

  private static let userService = "/core:user:"

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

/// What WebKit's inspector server has, read from the page that it shows at `/`.
///
/// A row is the target's name, its address and a button whose script has the path
/// `/socket/CONNECTION/TARGET/TYPE`. The server writes names and addresses as the pages give them,
/// markup included, so that a page can make up rows; and to connect under a connection number that
/// the server does not know ends the browser. Pages are always those of connection 1, the program's
/// own; nothing else is believed.
package struct WebKitTargetList: Hashable, Sendable {
  /// A page; its id is the number of the target, which it keeps for as long as it is open.
  package var pages: [InspectorListing]

  private static let heading = Array("<h1>Inspectable targets</h1>".utf8)
  private static let pathBegin = Array("'/socket/1/".utf8)
  private static let pathEnd = Array("/WebPage'".utf8)
  private static let limit = 256

  /// Nil if it is another server's page.
  package init?(body: [UInt8]) {
    guard body.firstRange(of: Self.heading) != nil else { return nil }
    pages = []
    var rest = body[...]
    while let begin = rest.firstRange(of: Self.pathBegin), pages.count < Self.limit {
      let row = rest[..<begin.lowerBound]
      rest = rest[begin.upperBound...]
      let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
      guard digits.isEmpty == false, digits.count <= 9,
        rest.dropFirst(digits.count).starts(with: Self.pathEnd)
      else { continue }
      let id = String(decoding: digits, as: UTF8.self)
      guard pages.contains(where: { $0.id == id }) == false else { continue }
      pages.append(
        InspectorListing(
          id: id,
          title: Self.text(of: "targetname", in: row),
          scriptURL: Self.text(of: "targeturl", in: row),
          webSocketPath: "/socket/1/\(id)/WebPage",
          name: "page \(id)"
        )
      )
    }
  }

  /// The text of the row's division of this class, to its next tag.
  private static func text(of name: String, in row: ArraySlice<UInt8>) -> String {
    let mark = Array("<div class=\"\(name)\">".utf8)
    var last: Range<Int>?
    var rest = row
    while let found = rest.firstRange(of: mark) {
      last = found
      rest = rest[found.upperBound...]
    }
    guard let last else { return "" }
    let text = row[last.upperBound...].prefix { $0 != UInt8(ascii: "<") }
    return String(decoding: text.prefix(2_048), as: UTF8.self)
  }
}

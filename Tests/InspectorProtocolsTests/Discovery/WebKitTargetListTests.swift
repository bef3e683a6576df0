import FoundationEssentials
import InspectorProtocols
import TestSupport
import Testing

struct WebKitTargetListTests {
  private func list(_ rows: String) -> WebKitTargetList? {
    WebKitTargetList(body: Array("<h1>Inspectable targets</h1><table>\(rows)</table>".utf8))
  }

  private func row(_ path: String, name: String = "a", url: String = "http://h/") -> String {
    #"<tr><td class="data"><div class="targetname">\#(name)</div><div class="targeturl">\#(url)</div>"#
      + #"</td><td class="input"><input type="button" value="Inspect" onclick="window.open('Main.html"#
      + #"?ws=' + window.location.host + '\#(path)', '_blank');"></td></tr>"#
  }

  @Test(.enabled(if: SharedMaterial.isPresent))
  func `the page of a real server has one page`() throws {
    let file = SharedMaterial.file("traces/webkit/target-list.html")
    let list = WebKitTargetList(body: Array(try Data(contentsOf: URL(filePath: file))))
    expect(
      list?.pages,
      equals: [
        InspectorListing(
          id: "1",
          title: "tiny leak",
          scriptURL: "http://127.0.0.1:18930/tiny.html",
          webSocketPath: "/socket/1/1/WebPage",
          name: "page 1"
        )
      ]
    )
  }

  @Test func `several pages are told apart`() {
    let pages = list(row("/socket/1/1/WebPage") + row("/socket/1/12/WebPage", name: "b"))?.pages
    expect(pages?.map(\.webSocketPath), equals: ["/socket/1/1/WebPage", "/socket/1/12/WebPage"])
    expect(pages?.map(\.title), equals: ["a", "b"])
    expect(pages?.map(\.name), equals: ["page 1", "page 12"])
  }

  /// To connect there would end the browser.
  @Test(arguments: [
    "/socket/9/1/WebPage", "/socket/1/1/ServiceWorker", "/socket/1/x/WebPage",
    "/socket/1/1234567890/WebPage", "/socket/1//WebPage",
  ])
  func `a path that a page made up is not believed`(path: String) {
    expect(list(row("/socket/1/3/WebPage", name: "'\(path)'"))?.pages.map(\.id), equals: ["3"])
    expect(list(row(path))?.pages, equals: [])
  }

  @Test func `another server's page is none`() {
    #expect(WebKitTargetList(body: Array("<html>'/socket/1/1/WebPage'</html>".utf8)) == nil)
  }
}

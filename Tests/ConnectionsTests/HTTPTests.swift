@testable import Connections
import TestSupport
import Testing

struct HTTPTests {
  /// Feeds a reply in two pieces, then the end of the connection.
  private func read(_ text: String, cut: Int, bodyLimit: Int = 100) throws -> HTTPReply {
    let bytes = Array(text.utf8)
    var reader = ReplyReader(bodyLimit: bodyLimit)
    for piece in [bytes[..<cut], bytes[cut...]] {
      if let reply = try piece.withUnsafeBytes({ try reader.consume($0) }) { return reply }
    }
    return try reader.end(.tcp(.loopbackV4, port: 1))
  }

  @Test(
    arguments: [
      ("HTTP/1.0 200 OK\r\nContent-Type: a/b\r\nContent-Length: 5\r\n\r\n{ \n} ", 200, "{ \n} "),
      ("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", 404, ""),
      ("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nto the end", 200, "to the end"),
      (
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nWiki\r\nA;x=1\r\n0123456789\r\n"
          + "0\r\nTrailer: t\r\n\r\n", 200, "Wiki0123456789"
      ),
      ("HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200, "ok"),
      ("HTTP/1.1 204 No Content\r\n\r\n", 204, ""),
    ]
  )
  func `a reply is the same wherever it is cut`(text: String, status: Int, body: String) throws {
    for cut in 0...text.utf8.count {
      let reply = try read(text, cut: cut)
      expect(reply, equals: HTTPReply(status: status, body: Array(body.utf8)), "cut at \(cut)")
    }
  }

  @Test(
    arguments: [
      ("SSH-2.0-OpenSSH\r\n\r\n", SocketError.Code.malformed),
      ("HTTP/1.1\r\n\r\n", .malformed),
      ("HTTP/1.1 abc OK\r\n\r\n", .malformed),
      ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", .malformed),
      ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", .malformed),
      (
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na", .malformed
      ),
      ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", .malformed),
      ("HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\na", .malformed),
      ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", .malformed),
      ("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", .tooLarge),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", .malformed),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", .malformed),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", .tooLarge),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n12345678901234567\r\n", .malformed),
      ("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", .closed),
      ("HTTP/1.1 200 OK\r\nContent-Le", .closed),
      ("", .closed),
    ]
  )
  func `a bad reply is refused wherever it is cut`(text: String, code: SocketError.Code) {
    for cut in 0...text.utf8.count {
      let error = #expect(throws: SocketError.self) { try read(text, cut: cut) }
      expect(error?.code, equals: code, "cut at \(cut)")
    }
  }

  @Test func `a head or body without end is refused at the limit`() {
    let head = "HTTP/1.1 200 OK\r\n" + String(repeating: "a: b\r\n", count: 4_000)
    #expect(throws: SocketError.self) { try read(head, cut: 0) }
    let body = "HTTP/1.1 200 OK\r\n\r\n" + String(repeating: "x", count: 101)
    let error = #expect(throws: SocketError.self) { try read(body, cut: 0) }
    expect(error?.code, equals: .tooLarge)
  }

  @Test func `random bytes never trap`() {
    var random = SystemRandomNumberGenerator()
    let starts = [
      "", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    ]
    for round in 0..<3_000 {
      let noise = (0..<Int.random(in: 0...40)).map { _ in
        "0123456789abcdef\r\n:; \u{1}Zz".randomElement(using: &random) ?? " "
      }
      let text = starts[round % starts.count] + String(noise)
      _ = try? read(text, cut: Int.random(in: 0...text.utf8.count))
    }
  }

  @Test func `asks with a host header and without an origin`() async throws {
    let server = try ScriptedServer { connection in
      let request = try await connection.readText(endingWith: "\r\n\r\n")
      try await connection.write(
        "HTTP/1.1 200 OK\r\nContent-Length: \(request.utf8.count)\r\n\r\n\(request)"
      )
    }

    let reply = try await HTTPGet.get("/json/version", from: server.address, until: .soon)
    expect(reply.status, equals: 200)
    let expected = "GET /json/version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    expect(String(decoding: reply.body, as: UTF8.self), equals: expected)
  }

  @Test func `goes to no other host and takes no crooked path`() async throws {
    let elsewhere = SocketAddress.tcp(try #require(IPAddress("192.0.2.1")), port: 80)
    let error = await #expect(throws: SocketError.self) {
      try await HTTPGet.get("/", from: elsewhere, until: .soon)
    }
    expect(error?.code, equals: .forbidden)
    for path in ["json", "/a b", "/a\r\nX: y", "/\u{7F}", "/ü"] {
      let error = await #expect(throws: SocketError.self) {
        try await HTTPGet.get(path, from: .tcp(.loopbackV4, port: 1), until: .soon)
      }
      expect(error?.code, equals: .forbidden, "\(path)")
    }
  }

  @Test func `a silent server is given up in time`() async throws {
    let server = try ScriptedServer { _ in try await Task.sleep(for: .seconds(20)) }
    let start = ContinuousClock.now
    let error = await #expect(throws: SocketError.self) {
      try await HTTPGet.get("/", from: server.address, until: .now + .milliseconds(100))
    }
    expect(error?.code, equals: .timedOut)
    #expect(ContinuousClock.now - start < .seconds(10))
  }
}

@testable import Agent
import Foundation
import Glibc
import InspectorProtocols
import TestSupport
import Testing

/// Files of a program that only waits, and whose folder for temporary files is the test's.
struct TemporaryFileTests {
  private let folder = TemporaryFolder()
  private let name = "10310.fxsnapshot"

  /// The kernel tells its environment from when it runs on.
  private func waitingProgram(_ variables: [String: String]) async throws -> LiveProgram {
    let process = try LiveProgram(
      "/bin/sh",
      mark: "",
      arguments: ["-c", "echo HERE; read line"],
      environment: variables
    )
    try #require(try await process.wrote("HERE"))
    return process
  }

  /// All that is told of a file, beginning with why it cannot be opened where it cannot.
  private func news(
    _ variables: [String: String]? = nil
  ) async throws -> (news: [FileNews], process: LiveProgram) {
    let process = try await waitingProgram(variables ?? ["TMPDIR": folder.path])
    let file = TemporaryFile(name, of: process.processID)
    var news: [FileNews] = []
    repeat { news.append(await file.next()) } while news.last?.isFinal == false
    return (news, process)
  }

  private func refusal(_ variables: [String: String]? = nil) async throws -> String {
    let (news, _) = try await news(variables)
    guard news.count == 1, case .failed(let reason) = news[0] else { return "\(news)" }
    return reason
  }

  private var isThere: Bool {
    var information = stat()
    return lstat(folder.file(name), &information) == 0
  }

  @Test func `a file is read in pieces, and its name is gone as soon as it is open`() async throws {
    let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    try folder.write(name, bytes)
    let process = try await waitingProgram(["TMPDIR": folder.path])
    let file = TemporaryFile(name, of: process.processID)
    expect(await file.next(), equals: .opened(isRemoved: true))
    expect(isThere, equals: false)
    var pieces: [[UInt8]] = []
    while case .bytes(let piece) = await file.next() { pieces.append(piece) }
    expect(pieces.count, equals: 4)
    #expect(pieces.joined().elementsEqual(bytes))
  }

  @Test func `the folder is looked up as Firefox does`() async throws {
    try folder.write(name, [1, 2])
    let (news, _) = try await news(["TMPDIR": "", "TMP": folder.path, "TEMP": "/nowhere"])
    expect(news, equals: [.opened(isRemoved: true), .bytes([1, 2]), .ended])
  }

  @Test func `no link is followed, neither the file's nor its folder's`() async throws {
    try folder.write("other", [1])
    try FileManager.default.createSymbolicLink(
      atPath: folder.file(name),
      withDestinationPath: folder.file("other")
    )
    expect(
      try await refusal(),
      equals: "cannot open \(name): Too many levels of symbolic links"
    )
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("link"),
      withDestinationPath: folder.path
    )
    expect(
      try await refusal(["TMPDIR": folder.file("link")]),
      equals: "cannot open its folder link: Not a directory"
    )
    expect(isThere, equals: true)
  }

  @Test func `what is no plain file under one name is not read`() async throws {
    let refused = "\(name) is no file of the process's own"
    expect(mkfifo(folder.file(name), 0o600), equals: 0)
    expect(try await refusal(), equals: refused)
    unlink(folder.file(name))
    try folder.write("other", [1])
    expect(link(folder.file("other"), folder.file(name)), equals: 0)
    expect(try await refusal(), equals: refused)
    expect(isThere, equals: true)
  }

  @Test(.enabled(if: getuid() == 0)) func `another user's file is left alone`() async throws {
    try folder.write(name, [1])
    expect(chown(folder.file(name), 65_534, 65_534), equals: 0)
    expect(try await refusal(), equals: "\(name) is no file of the process's own")
    expect(isThere, equals: true)
  }

  @Test(arguments: ["tmp", "/tmp/../tmp"])
  func `a folder that leads elsewhere is not gone to`(path: String) async throws {
    expect(
      try await refusal(["TMPDIR": path]),
      equals: "its folder for temporary files is \(path)"
    )
  }

  @Test func `a file that is not there, and one of nobody, cannot be read`() async throws {
    expect(try await refusal(), equals: "cannot open \(name): No such file or directory")
    expect(
      await TemporaryFile(name, of: 0).next(),
      equals: .failed("its process is not known")
    )
  }

  /// As that of a container: the same path leads elsewhere with us.
  @Test(.enabled(if: getuid() == 0 && Python.isPresent))
  func `a process with a root of its own is reached under it`() async throws {
    let inner = folder.file("inner")
    try FileManager.default.createDirectory(atPath: inner, withIntermediateDirectories: false)
    try folder.write("inner/\(name)", [1, 2])
    let script =
      "import os, sys; os.chroot(sys.argv[1]); print('HERE', flush=True); sys.stdin.read()"
    let process = try LiveProgram(
      "/usr/bin/env",
      mark: "",
      arguments: ["python3", "-c", script, folder.path],
      environment: ["TMPDIR": "/inner"]
    )
    try #require(try await process.wrote("HERE"))
    let file = TemporaryFile(name, of: process.processID)
    expect(await file.next(), equals: .opened(isRemoved: true))
    expect(await file.next(), equals: .bytes([1, 2]))
    expect(folder.bytes("inner/\(name)"), equals: [])
  }

  /// The loop takes each piece before the next is read.
  @Test func `one piece at a time waits to be taken`() async throws {
    try folder.write(name, [UInt8](repeating: 1, count: 100_000))
    let process = try await waitingProgram(["TMPDIR": folder.path])
    let woken = Signal()
    let reading = FileReading(TemporaryFile(name, of: process.processID), of: .main) {
      woken.raise()
    }
    var sizes: [Int] = []
    var isOver = false
    while !isOver {
      let seen = woken.count
      expect(reading.take(), equals: nil)
      reading.readOn()
      reading.readOn()
      await woken.wait(beyond: seen, atMost: .seconds(10))
      expect(woken.count, equals: seen + 1)
      let news = try #require(reading.take())
      if case .bytes(let piece) = news { sizes.append(piece.count) }
      isOver = news.isFinal
    }
    expect(sizes, equals: [65_536, 34_464])
    reading.readOn()
    expect(reading.take(), equals: nil)
  }
}

internal import FoundationEssentials
internal import Glibc

/// Firefox itself, and what it once said.
package enum FirefoxMaterial {
  private static let folder = SharedMaterial.packageRoot + "/Tests/TestSupport/Firefox/"

  /// A snapshot of `page.html`, taken by `take-snapshot.py` with Firefox ESR 153.7.0.
  package static let snapshot = folder + "page.fxsnapshot"
  /// What Firefox's own reader says of it.
  package static let expected = folder + "page.expected.json"

  /// The program, in `RETINUE_FIREFOX` or on PATH; nil where there is none.
  package static let program: String? = {
    let environment = ProcessInfo.processInfo.environment
    let folders = (environment["PATH"] ?? "").split(separator: ":")
    let candidates =
      [environment["RETINUE_FIREFOX"]].compactMap { $0 }
      + folders.flatMap { ["\($0)/firefox-esr", "\($0)/firefox"] }
    return candidates.first { access($0, X_OK) == 0 }
  }()

  /// Whether a snapshot can be taken here and now.
  package static var isPresent: Bool { program != nil && Python.isPresent }

  /// Takes a snapshot of `page.html`: `page.fxsnapshot` and `page.expected.json` in a folder.
  ///
  /// Takes about ten seconds; gives up after two minutes.
  package static func takeSnapshot(into target: String) -> Bool {
    guard let program else { return false }
    let command =
      "timeout 120 python3 '\(folder)take-snapshot.py' '\(target)' '\(folder)page.html' '\(program)'"
    return system(command + " >/dev/null") == 0
  }

  /// The snapshot that is in the recorded exchange with Firefox.
  package static func snapshotInTrace() -> [UInt8]? {
    guard let stream = fopen(SharedMaterial.file("traces/firefox/wire-server-to-client.bin"), "r")
    else { return nil }
    defer { fclose(stream) }
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = fread(&bytes, 1, bytes.count, stream)
    let head = Array(" undefined 47281:".utf8)
    guard
      let start = (0..<max(count - head.count, 0)).first(where: { place in
        bytes[place] == head[0] && bytes[place..<(place + head.count)].elementsEqual(head)
      })
    else { return nil }
    return Array(bytes[(start + head.count)..<min(start + head.count + 47_281, count)])
  }

  package static var traceExpectation: String {
    SharedMaterial.file("traces/firefox/snapshot-in-wire.expected-by-firefox.json")
  }
}

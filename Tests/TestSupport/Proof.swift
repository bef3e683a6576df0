internal import FoundationEssentials
internal import Glibc

/// Runs the scripts of Tests/Proof.
///
/// They start real runtimes, a collector and an agent, and say whether a bar was reached. CI runs them small, `make
/// proof` whole.
package enum Proof {
  /// What a script printed, and how it ended: 0 when every bar was reached.
  package struct Outcome {
    package let status: Int32
    package let output: String
  }

  /// Whether the release programs are built (`make test` builds them first).
  package static let programsAreBuilt =
    access(programFolder + "/retinue", X_OK) == 0
    && access(programFolder + "/retinue-agent", X_OK) == 0

  /// Where the programs are: `RETINUE_BIN_DIR`, else the release build.
  package static let programFolder: String =
    ProcessInfo.processInfo.environment["RETINUE_BIN_DIR"]
    ?? SharedMaterial.packageRoot + "/.build/release"

  /// Runs `Tests/Proof/NAME.py`, bounded in time.
  package static func run(_ name: String, _ arguments: String = "", seconds: Int) -> Outcome {
    let script = SharedMaterial.packageRoot + "/Tests/Proof/\(name).py"
    return shell("timeout -k 10 \(seconds) python3 '\(script)' \(arguments) 2>&1")
  }

  /// Runs a shell line and gathers what it prints.
  package static func shell(_ line: String) -> Outcome {
    guard let stream = popen(line, "r") else {
      return Outcome(status: -1, output: "could not start: \(line)")
    }
    var output: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&piece, 1, piece.count, stream)
      if count == 0 { break }
      output.append(contentsOf: piece[..<count])
    }
    let status = pclose(stream)
    let code = (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    return Outcome(status: code, output: String(decoding: output, as: UTF8.self))
  }
}

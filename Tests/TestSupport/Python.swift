internal import FoundationEssentials
internal import Glibc

/// Python, where tests compare with a reader that is not ours.
package enum Python {
  /// Whether there is a `python3` at all.
  package static let isPresent = run("pass").isEmpty == false

  /// Whether a module can be imported.
  package static func has(_ module: String) -> Bool {
    run("import \(module)").isEmpty == false
  }

  /// Runs a program and answers what it printed, which then ends with `done`; empty if it failed.
  package static func run(_ program: String, _ arguments: [String] = []) -> String {
    let path = FileManager.default.temporaryDirectory.path + "/retinue-\(UUID().uuidString).py"
    guard
      FileManager.default.createFile(
        atPath: path,
        contents: Data((program + "\nprint('done')\n").utf8)
      )
    else { return "" }
    defer { try? FileManager.default.removeItem(atPath: path) }
    let command = (["timeout", "300", "python3", path] + arguments)
      .map { "'\($0)'" }.joined(separator: " ")
    guard let stream = popen(command + " 2>/dev/null", "r") else { return "" }
    var output: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = fread(&piece, 1, piece.count, stream)
      if count == 0 { break }
      output += piece[..<count]
    }
    return pclose(stream) == 0 ? String(decoding: output, as: UTF8.self) : ""
  }

  /// Whether two files, perhaps packed with gzip or zstd, hold equal JSON, keys in equal order.
  package static func holdEqualJSON(_ first: String, _ second: String) -> Bool {
    let program = """
      import gzip, json, subprocess, sys
      def load(path):
        data = open(path, 'rb').read()
        if data[:2] == b'\\x1f\\x8b': data = gzip.decompress(data)
        if data[:4] == b'\\x28\\xb5\\x2f\\xfd':
          data = subprocess.run(['zstd', '-dc', path], capture_output=True, check=True).stdout
        return json.loads(data)
      first, second = load(sys.argv[1]), load(sys.argv[2])
      print('equal' if first == second and list(first) == list(second) else 'different')
      """
    return run(program, [first, second]).hasPrefix("equal")
  }
}

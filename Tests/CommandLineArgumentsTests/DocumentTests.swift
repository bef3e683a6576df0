import CommandLineArguments
import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// Each document is handed to the program it is written for.
@Suite struct DocumentTests {
  private static func tool(_ name: String) -> String? {
    ["/usr/bin/\(name)", "/bin/\(name)", "/usr/local/bin/\(name)"].first { access($0, X_OK) == 0 }
  }

  @Test(
    .enabled(if: tool("bash") != nil),
    arguments: [
      ("retinue ", "collector compare snapshot"),
      ("retinue s", "snapshot"),
      ("retinue snapshot ", "get take"),
      ("retinue snapshot take --co", "--collector --count"),
      ("retinue snapshot take -c a --j", "--json"),
      ("retinue snapshot get --format ", "pprof speedscope"),
      ("retinue snapshot get --format s", "speedscope"),
      ("retinue snapshot take --target ", ""),
      ("retinue --completions ", "bash fish zsh"),
      ("retinue collector --data /us", "/usr"),
      ("retinue compare /us", "/usr"),
    ]
  )
  func `bash completes`(_ line: String, words: String) throws {
    let script =
      Shell.bash.completions(for: Example.program) + """
        COMP_WORDS=(\(line.hasSuffix(" ") ? line + "''" : line))
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _retinue
        echo ${COMPREPLY[@]}
        """

    let output = try run("bash", ["--norc", "-u", "-c", script])

    expect(output.split(separator: " ").sorted().joined(separator: " "), equals: words)
  }

  @Test(
    .enabled(if: tool("fish") != nil),
    arguments: [
      ("retinue ", "collector compare snapshot"),
      ("retinue snapshot ", "get take"),
      ("retinue snapshot take --co", "--collector --count"),
      ("retinue snapshot get --format ", "pprof speedscope"),
      ("retinue --completions ", "bash fish zsh"),
    ]
  )
  func `fish completes`(_ line: String, words: String) throws {
    let script = Shell.fish.completions(for: Example.program) + "complete -C '\(line)'\n"

    let output = try run("fish", ["--no-config", "-c", script])

    let offered = output.split(separator: "\n").map { $0.prefix { $0 != "\t" } }
    expect(offered.sorted().joined(separator: " "), equals: words)
  }

  @Test(.enabled(if: tool("zsh") != nil))
  func `zsh takes the script`() throws {
    let script = """
      autoload -Uz compinit && compinit -u -D
      \(Shell.zsh.completions(for: Example.program))
      print ${_comps[retinue]} ${+functions[_retinue_snapshot_take]}
      """

    try expect(run("zsh", ["-f", "-c", script]), equals: "_retinue 1")
  }

  @Test(.enabled(if: tool("groff") != nil))
  func `the manual page has no roff warnings and says everything`() throws {
    guard
      case .print(let page) = CommandLineProgram(Example.program, version: "1.2.3")
        .outcome(of: ["--manual"], environment: { _ in nil })
    else {
      Issue.record("no manual")
      return
    }
    let file = "/tmp/retinue-manual-\(getpid()).1"
    defer { unlink(file) }
    try page.write(toFile: file, atomically: false, encoding: .utf8)

    let text = try run("groff", ["-man", "-Tascii", "-ww", "-P-cbou", file])

    #expect(text.contains("RETINUE(1)"))
    #expect(text.contains("retinue snapshot take [OPTIONS] [SESSION]"))
    #expect(text.contains(#".A line that begins with a dot, and a \ backslash."#))
    #expect(text.contains("-n, --count N"))
    #expect(text.contains("How many snapshots (default: 3)"))
    #expect(text.contains("RETINUE_COLLECTOR"))
    #expect(text.contains("EXIT STATUS"))
    #expect(text.contains("Takes three snapshots of one."))
  }

  /// The output of a tool, which must succeed and write nothing to standard error.
  private func run(_ name: String, _ arguments: [String]) throws -> String {
    struct Failure: Error {
      let text: String
    }
    let prefix = "/tmp/retinue-document-\(getpid())-\(UInt64.random(in: 0 ... .max))"
    let files = [prefix + ".out", prefix + ".err"]
    defer { files.forEach { unlink($0) } }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (index, file) in files.enumerated() {
      posix_spawn_file_actions_addopen(
        &actions,
        Int32(index) + 1,
        file,
        O_CREAT | O_WRONLY | O_TRUNC,
        0o600
      )
    }
    let tool = Self.tool(name) ?? name
    var words = ([tool] + arguments).map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    var process: pid_t = 0
    guard posix_spawn(&process, tool, &actions, nil, &words, nil) == 0 else {
      throw Failure(text: "cannot start \(tool)")
    }
    var status: Int32 = 0
    waitpid(process, &status, 0)
    let output = try String(contentsOfFile: files[0], encoding: .utf8)
    let errors = try String(contentsOfFile: files[1], encoding: .utf8)
    guard status == 0, errors.isEmpty else { throw Failure(text: "status \(status): \(errors)") }
    return output.hasSuffix("\n") ? String(output.dropLast()) : output
  }
}

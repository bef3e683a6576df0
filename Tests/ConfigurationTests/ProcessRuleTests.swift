import Configuration
import TestSupport
import Testing

@Suite struct ProcessRuleTests {
  private let process = ProcessTraits(
    commandLine: ["node", "--inspect", "/srv/checkout/server.js"],
    executable: "/usr/local/bin/node",
    runtime: "node",
    ports: [3000, 9229],
    environment: ["DEPLOYMENT": "blue-7", "EMPTY": ""]
  )

  @Test(arguments: [
    ("commandLine: checkout", true), ("commandLine: checkout/other", false),
    ("commandLine: '*/server.js'", true), ("commandLine: 'node *checkout*'", true),
    ("commandLine: 'server.js*x'", false), ("commandLine: 'node --inspect'", true),
    ("executable: node", true), ("executable: bun", false), ("executable: nod?", true),
    ("executable: /usr/local/bin/node", true), ("executable: /usr/bin/node", false),
    ("executable: '/usr/*/node'", true), ("executable: bin/node", false),
    ("runtime: node", true), ("runtime: workerd", false), ("runtime: node, port: 1", false),
    ("port: 9229", true), ("port: 9230", false),
    ("environment: {DEPLOYMENT: 'blue-*'}", true), ("environment: {DEPLOYMENT: blue}", false),
    ("environment: {OTHER: '*'}", false), ("environment: {EMPTY: '*'}", true),
    ("port: 9229, executable: node, commandLine: checkout", true),
    ("port: 9229, executable: bun, commandLine: checkout", false),
  ])
  func `all conditions must hold`(_ match: String, holds: Bool) throws {
    let configuration = try AgentConfiguration(
      parsing: "rules: [{match: {\(match)}, ignore: true}]"
    )

    expect(configuration.rule(for: process)?.outcome, equals: (holds ? .ignore : nil))
  }

  @Test func `the first rule that matches decides`() throws {
    let configuration = try AgentConfiguration(
      parsing: """
        rules:
          - {match: {executable: bun}, ignore: true}
          - {match: {port: 9229}, set: {service: a}}
          - {match: {port: 3000}, set: {service: b, version: 2}}
        """
    )

    let rule = configuration.rule(for: process)
    expect(rule?.outcome, equals: .watch(.init(labels: LabelSet(service: "a"))))
    expect(rule?.line, equals: 3)
    #expect(configuration.rule(for: ProcessTraits()) == nil)
  }

  @Test func `a rule says how its processes are watched, and what they may be put to`() throws {
    let configuration = try AgentConfiguration(
      parsing: """
        rules:
          - match: {runtime: node}
            mode: visit
            budget:
              snapshotsPerDay: 4
              longestPause: 500ms
              memory: 1GiB
          - match: {port: 1}
            ignore: false
        """
    )
    var budget = CaptureBudget()
    (budget.snapshotsPerDay, budget.longestPause) = (4, .milliseconds(500))
    budget.memory = 1 << 30

    expect(configuration.rules[0].outcome, equals: .watch(.init(mode: .visit, budget: budget)))
    // Watched as it is: for a list of what is watched, with a rule behind it that ignores the rest.
    expect(configuration.rules[1].outcome, equals: .watch(.init()))
    expect(configuration.rules.map(\.line), equals: [2, 8])
  }

  @Test func `labels are filled one by one`() {
    let near = LabelSet(service: "a", environment: "x")
    let far = LabelSet(service: "b", version: "1", environment: "y")

    expect(near.filled(from: far), equals: LabelSet(service: "a", version: "1", environment: "x"))
  }

  @Test(arguments: [
    ("", "", true), ("", "a", false), ("*", "", true), ("**", "abc", true), ("?", "", false),
    ("a*c", "abc", true), ("a*c", "ac", true), ("a*c", "acb", false), ("a?c", "abc", true),
    ("*a*b*", "xxaxxbxx", true), ("*a*b", "ab ba", false), ("é?", "éa", true), ("A", "a", false),
    ("*.js", "a.js.js", true), ("[a]", "a", false),
  ])
  func `patterns`(_ pattern: String, _ text: String, matches: Bool) {
    expect(Glob(pattern).matches(text), equals: matches)
  }

  @Test func `patterns match as the slow way does`() {
    // Every way to let a star stand for something.
    func slowly(_ pattern: Substring, _ text: Substring) -> Bool {
      guard let first = pattern.first else { return text.isEmpty }
      if first == "*" {
        return slowly(pattern.dropFirst(), text)
          || (text.isEmpty == false && slowly(pattern, text.dropFirst()))
      }
      guard let letter = text.first, first == "?" || first == letter else { return false }
      return slowly(pattern.dropFirst(), text.dropFirst())
    }
    var random = SeededGenerator(seed: 3)
    func word(_ letters: [Character], _ length: Int) -> String {
      String((0..<length).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] })
    }

    for _ in 0..<5_000 {
      let pattern = word(["a", "b", "*", "?"], Int.random(in: 0...7, using: &random))
      let text = word(["a", "b"], Int.random(in: 0...9, using: &random))
      expect(
        Glob(pattern).matches(text),
        equals: slowly(pattern[...], text[...]),
        "\(pattern) \(text)"
      )
    }
  }

  @Test func `a hostile command line costs no more than its length`() {
    let pattern = Glob(String(repeating: "*a", count: 20) + "b")
    let text = String(repeating: "a", count: 5_000)

    let time = ContinuousClock().measure { expect(pattern.matches(text), equals: false) }
    #expect(time < .seconds(5))
  }
}

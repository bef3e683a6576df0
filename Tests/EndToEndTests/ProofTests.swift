import TestSupport
import Testing

/// The figures of the project on real runtimes, small; `make proof` runs the same scripts whole.
///
/// One after the other: they measure processes.
@Suite(
  .serialized,
  .enabled(
    if: Proof.programsAreBuilt,
    "the release programs are not built (make test builds them)"
  ),
  .enabled(if: !Runtimes.nodes.isEmpty, "Node is absent")
)
struct ProofTests {
  private func expectHeld(_ outcome: Proof.Outcome) {
    expect(outcome.status, equals: 0, "\(outcome.output)")
    #expect(outcome.output.contains("ok  "), "no bar was measured: \(outcome.output)")
  }

  @Test func `heap usage is what the process itself says`() {
    expectHeld(Proof.run("usage", "--samples 6 --seconds 18", seconds: 240))
  }

  @Test func `a forced collection lowers heap used after a dropped array`() {
    expectHeld(Proof.run("collect", seconds: 180))
  }

  @Test func `the planted allocator is the top site of a sampling profile`() {
    expectHeld(Proof.run("sampling", "--seconds 5", seconds: 180))
  }

  @Test func `a timeline names the planted allocator, and is over when nobody waits for it`() {
    expectHeld(Proof.run("timelines", "--few", seconds: 120))
  }

  @Test func `an attached process exits as fast as one that nobody watches`() {
    expectHeld(Proof.run("exits", "--rounds 5 --runtimes scripts", seconds: 400))
  }

  /// Browsers and workers that are absent are left out.
  @Test func `so do browsers and workers`() {
    expectHeld(
      Proof.run("exits", "--rounds 2 --runtimes workerd,chromium,firefox,webkitgtk", seconds: 600)
    )
  }

  @Test func `a stopped or killed worker does not hold an exit`() {
    expectHeld(Proof.run("hung_worker", seconds: 600))
  }

  @Test func `nothing that was printed stays alive after detaching that would not without us`() {
    expectHeld(Proof.run("console", seconds: 400))
  }

  @Test func `a developer who was there first is not disturbed, and what is taken is marked`() {
    let runtimes = "node24,bun,chromium,firefox"
    expectHeld(Proof.run("developer", "--parts first --runtimes \(runtimes)", seconds: 600))
  }

  @Test(.enabled(if: SharedMaterial.isPresent, "the shared material is absent"))
  func `all runtimes at once under one agent, and the planted class is found in each`() {
    expectHeld(Proof.run("runtimes", seconds: 600))
  }

  @Test func `a collector without descriptors ends and serves again`() {
    expectHeld(Proof.run("descriptors", seconds: 120))
  }

  @Test func `no committed snapshot is lost when the collector is killed`() {
    expectHeld(Proof.run("kill", "--parts collector --rounds 10", seconds: 600))
  }

  @Test func `a capture cut short by a killed agent is incomplete`() {
    expectHeld(Proof.run("kill", "--parts agent --rounds 10", seconds: 600))
  }

  @Test(.enabled(if: SharedMaterial.isPresent, "the shared material is absent"))
  func `six planted leaks are found and their healthy twins are silent`() {
    expectHeld(Proof.run("leaks", "--few", seconds: 1_200))
  }

  @Test(.enabled(if: SharedMaterial.isPresent, "the shared material is absent"))
  func `leaks of Effect are found, also minified, and their healthy twins are silent`() {
    let programs = "3/queue-unbounded,4/fiber-never,4/scope-open.min"
    expectHeld(
      Proof.run("leaks", "--effect --runtimes node24 --programs \(programs)", seconds: 600)
    )
  }

  @Test(.enabled(if: SharedMaterial.isPresent, "the shared material is absent"))
  func `49 MB of snapshot are at most 5 MB on the wire`() {
    expectHeld(Proof.run("wire", seconds: 240))
  }
}

internal import Configuration
internal import TestSupport
internal import Testing

@Suite struct PlacesTests {
  @Test func `root uses the system's folders`() {
    let places = Places(isRoot: true) { _ in "/somewhere" }

    expect(places.collectorAddress, equals: "unix:/run/retinue/collector.socket")
    expect(places.dataFolder, equals: "/var/lib/retinue/data")
    expect(places.spoolFolder, equals: "/var/lib/retinue/spool")
  }

  @Test func `a user has folders of their own`() {
    let places = Places(isRoot: false) { name in
      ["XDG_RUNTIME_DIR": "/run/user/7", "XDG_STATE_HOME": "/home/u/state"][name]
    }

    expect(places.collectorAddress, equals: "unix:/run/user/7/retinue/collector.socket")
    expect(places.dataFolder, equals: "/home/u/state/retinue/data")
    expect(
      places.tokenCopy(ofCollectorAt: "127.0.0.1:7700"),
      equals: "/run/user/7/retinue/token-127.0.0.1:7700"
    )
  }

  @Test func `without a session everything is below home`() {
    let places = Places(isRoot: false) { $0 == "HOME" ? "/home/u" : nil }

    expect(places.stateFolder, equals: "/home/u/.local/state/retinue")
    expect(places.runtimeFolder, equals: "/home/u/.local/state/retinue/run")
  }

  @Test func `a relative path is no place`() {
    let places = Places(isRoot: false) { $0 == "HOME" ? "/home/u" : "state" }

    expect(places.stateFolder, equals: "/home/u/.local/state/retinue")
  }
}

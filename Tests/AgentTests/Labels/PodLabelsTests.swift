import Agent
import TestSupport
import Testing

@Suite struct PodLabelsTests {
  @Test func `a downward file is what Go's %q wrote`() {
    let text = #"""
      app="cart"
      app.kubernetes.io/version="1.4.2"
      build="two\nlines"
      note="say \"a\\b\" caf\u00e9 \U0001f600 \x41 \t."
      empty=""

      """#

    expect(
      DownwardFile.pairs(Array(text.utf8)),
      equals: [
        "app": "cart", "app.kubernetes.io/version": "1.4.2", "build": "two\nlines",
        "note": "say \"a\\b\" café 😀 A \t.", "empty": "",
      ]
    )
  }

  @Test(arguments: [
    "", "app", "app=", "=\"a\"", "app=cart", "app=\"cart", "app=\"cart\"x", #"app="a\"#,
    #"app="\q""#, #"app="\x4""#, #"app="\u+123""#, #"app="\ud800""#,
  ])
  func `a line of another kind is passed over, and the next is read`(_ line: String) {
    expect(DownwardFile.pairs(Array("\(line)\ntier=\"web\"\n".utf8)), equals: ["tier": "web"])
  }

  @Test func `any bytes are read without harm`() {
    for seed in 0..<256 {
      let bytes = (0..<64).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ seed &* 101) }
      _ = DownwardFile.pairs([97, 61, 34] + bytes + [34, 10])
    }
  }

  @Test func `a folder of the downward API says name, version, pod and namespace`() {
    let files = [
      "labels": """
      app="shop"
      app.kubernetes.io/name="cart"
      version="7"

      """,
      "name": "cart-5d9f\n",
      "namespace": "shop",
    ]
    let told = PodLabels.labels(folder: "/etc/podinfo") { files[$0].map { Array($0.utf8) } }

    expect(
      told.service,
      equals: ToldLabel("cart", from: "/etc/podinfo/labels: app.kubernetes.io/name")
    )
    expect(told.version, equals: ToldLabel("7", from: "/etc/podinfo/labels: version"))
    expect(told.instance, equals: ToldLabel("cart-5d9f", from: "/etc/podinfo/name"))
    expect(told.environment, equals: ToldLabel("shop", from: "/etc/podinfo/namespace"))
    expect(PodLabels.labels(folder: "/etc/podinfo") { _ in nil }, equals: ToldLabels())
  }

  @Test func `variables are told by the name they have`() {
    let told = PodLabels.labels(
      of: { ["app.kubernetes.io/name": "a", "APP_KUBERNETES_IO_NAME": "b", "POD_NAME": ""][$0] },
      place: "the agent's "
    )

    expect(
      told,
      equals: ToldLabels(service: ToldLabel("a", from: "the agent's app.kubernetes.io/name"))
    )
  }
}

import Agent
import Configuration
import HeapModel
import TestSupport
import Testing

@Suite struct ProcessLabelsTests {
  private func process(
    _ arguments: [String] = ["node", "/srv/checkout.mjs"],
    runtime: RuntimeKind = .node,
    _ environment: [String: String] = [:]
  ) -> DiscoveredProcess {
    let facts = ProcessFacts(
      processID: 12,
      startTicks: 1,
      userID: 0,
      executable: "/usr/bin/node",
      arguments: arguments,
      environment: ProcessEnvironment(environment),
      innerProcessID: 12
    )
    return DiscoveredProcess(facts: facts, runtime: runtime, location: .absent(""))
  }

  private func labels(
    _ process: DiscoveredProcess,
    rule: LabelSet? = nil,
    common: LabelSet = LabelSet()
  ) -> TargetLabels {
    TargetLabels(
      ProcessLabels.told(
        of: process,
        configured: [
          ToldLabels(rule ?? LabelSet(), from: "rule"), ToldLabels(common, from: "file"),
        ],
        hostName: "web1"
      )
    )
  }

  @Test func `without any word of it a process is called after its script`() {
    expect(
      labels(process()),
      equals: TargetLabels(service: "checkout", instance: "web1:12", isServiceInferred: true)
    )
  }

  @Test(
    arguments: [
      (["node", "--inspect", "-r", "./hook.js", "a/b/cart.js", "x.js"], "cart"),
      (["node"], "node"),
      (["node", "-e", "code()"], "node"),
      (["my program"], "my program"),
      ([], "node"),
    ] as [([String], String)]
  )
  func `the script stands behind Node's own options`(_ arguments: [String], _ service: String) {
    expect(labels(process(arguments)).service, equals: service)
  }

  @Test(
    arguments: [
      (["bun", "run", "--inspect=0/x", "pricing.ts"], "pricing"),
      (["bun", "pricing.ts", "run"], "pricing"),
    ] as [([String], String)]
  )
  func `and behind Bun's`(_ arguments: [String], _ service: String) {
    expect(labels(process(arguments, runtime: .bun)).service, equals: service)
  }

  @Test func `nearer words stand over farther ones`() {
    var environment = [
      "OTEL_RESOURCE_ATTRIBUTES":
        "service.name=attr, service.version=2.0 ,service.instance.id=i%2C1,"
        + "deployment.environment.name=staging"
    ]
    let rule = LabelSet(service: "ruled", version: "r", environment: "r")
    let common = LabelSet(service: "c", version: "c", instance: "c", environment: "c")

    expect(labels(process(), common: common).service, equals: "c")
    expect(labels(process(), rule: rule, common: common).service, equals: "ruled")
    expect(labels(process(), rule: rule, common: common).instance, equals: "c")
    expect(
      labels(process(environment), rule: rule, common: common),
      equals: TargetLabels(service: "attr", version: "2.0", instance: "i,1", environment: "staging")
    )
    environment["OTEL_SERVICE_NAME"] = "named"
    expect(labels(process(environment)).service, equals: "named")
    environment["RETINUE_SERVICE"] = "own"
    environment["RETINUE_VERSION"] = "3"
    environment["RETINUE_INSTANCE"] = "i3"
    environment["RETINUE_ENVIRONMENT"] = "prod"
    expect(
      labels(process(environment), rule: rule),
      equals: TargetLabels(service: "own", version: "3", instance: "i3", environment: "prod")
    )
  }

  @Test func `what Kubernetes says comes after what a person says, and before a guess`() {
    let environment = [
      "POD_NAME": "cart-7f", "POD_NAMESPACE": "shop", "APP_KUBERNETES_IO_NAME": "cart",
    ]
    let pod = ToldLabels(
      service: ToldLabel("of the agent's pod", from: "pod"),
      version: ToldLabel("4", from: "pod")
    )

    let told = ProcessLabels.told(
      of: process(environment),
      configured: [ToldLabels(LabelSet(environment: "staging"), from: "the rule at line 3")],
      pod: pod,
      hostName: "web1"
    )

    expect(told.service, equals: ToldLabel("cart", from: "APP_KUBERNETES_IO_NAME"))
    expect(told.version, equals: ToldLabel("4", from: "pod"))
    expect(told.instance, equals: ToldLabel("cart-7f", from: "POD_NAME"))
    expect(told.environment, equals: ToldLabel("staging", from: "the rule at line 3"))
  }

  @Test func `an empty word is none`() {
    #expect(labels(process(["RETINUE_SERVICE": ""])).isServiceInferred)
  }

  private func process(_ environment: [String: String]) -> DiscoveredProcess {
    process(runtime: .node, environment)
  }

  @Test func `an environment is forgotten but for what is ours`() {
    let environment = ProcessEnvironment(
      bytes: Array("A=1\0RETINUE_SERVICE=x\0SECRET=2\0TIER=web\0".utf8),
      others: ["TIER"]
    )
    expect(environment["RETINUE_SERVICE"], equals: "x")
    expect(environment["TIER"], equals: "web")
    #expect(environment["SECRET"] == nil)
    #expect(environment["A"] == nil)
  }
}

package import Configuration
package import HeapModel

/// What is said of one label, and who says it.
package struct ToldLabel: Hashable, Sendable {
  package var value: String
  /// For people: `RETINUE_SERVICE`, `the rule at line 12`, `its script's name`.
  package var origin: String
  /// Whether nobody says it, and it was guessed.
  package var isInferred: Bool

  package init(_ value: String, from origin: String, isInferred: Bool = false) {
    self.value = value
    self.origin = origin
    self.isInferred = isInferred
  }
}

/// Some of the four labels, each with who says it.
package struct ToldLabels: Hashable, Sendable {
  package var service: ToldLabel?
  package var version: ToldLabel?
  package var instance: ToldLabel?
  package var environment: ToldLabel?

  package init(
    service: ToldLabel? = nil,
    version: ToldLabel? = nil,
    instance: ToldLabel? = nil,
    environment: ToldLabel? = nil
  ) {
    self.service = service
    self.version = version
    self.instance = instance
    self.environment = environment
  }

  /// Labels that stand together in one place of the configuration.
  package init(_ labels: LabelSet, from origin: String) {
    func told(_ value: String?) -> ToldLabel? { value.map { ToldLabel($0, from: origin) } }
    self.init(
      service: told(labels.service),
      version: told(labels.version),
      instance: told(labels.instance),
      environment: told(labels.environment)
    )
  }

  /// These labels, and those of `others` that are missing here.
  package func filled(from others: ToldLabels) -> ToldLabels {
    ToldLabels(
      service: service ?? others.service,
      version: version ?? others.version,
      instance: instance ?? others.instance,
      environment: environment ?? others.environment
    )
  }
}

extension TargetLabels {
  /// What the collector is told.
  package init(_ told: ToldLabels) {
    self.init(
      service: told.service?.value ?? "",
      version: told.version?.value ?? "",
      instance: told.instance?.value ?? "",
      environment: told.environment?.value ?? "",
      isServiceInferred: told.service?.isInferred ?? true
    )
  }
}

extension ToldLabel {
  /// The first of some variables that is set.
  init?(firstOf names: [String], in variable: (String) -> String?, prefix: String = "") {
    for name in names {
      guard let value = variable(name), !value.isEmpty else { continue }
      self.init(value, from: prefix + name)
      return
    }
    return nil
  }
}

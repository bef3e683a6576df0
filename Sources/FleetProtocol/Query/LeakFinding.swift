internal import CFleetMessages
package import HeapModel

/// One leak, wherever it was seen.
package struct LeakFinding: FleetMessage {
  /// 32 hexadecimal digits.
  package var fingerprint: String
  /// Joins engines that cannot tell a path.
  package var family: String
  package var rule: String
  package var className: String
  /// Certain, likely.
  package var certainty: String
  package var explanation: String
  /// Of the instance where it is gravest; at most 64.
  package var objectsPerStep: [UInt64]
  package var bytesPerStep: [UInt64]
  package var retainedSize: UInt64
  /// From the root; at most 64 steps.
  package var retainerPath: [String]
  /// Where it was seen; at most 1,024.
  package var sites: [LeakSite]
  /// Instances of the same services examined without it.
  package var clean: [LeakSite]
  /// Why there is no path, where there is none.
  package var pathNote: String
  package var firstSeen: UnixNanoseconds
  package var lastSeen: UnixNanoseconds
  package var comparedByID: Bool
  /// Only a debugger keeps the objects: not the program's leak.
  package var isTooling: Bool
  /// Why objects were not told apart by id, where they were not.
  package var idNote: String
  /// Where the class or function stands in the source, if the engine tells.
  package var position: SourcePosition?
  /// Other classes that grew with it, largest first; at most 64.
  package var companions: [String]

  package init(
    fingerprint: String,
    family: String = "",
    rule: String = "",
    className: String = "",
    certainty: String = "",
    explanation: String = "",
    objectsPerStep: [UInt64] = [],
    bytesPerStep: [UInt64] = [],
    retainedSize: UInt64 = 0,
    retainerPath: [String] = [],
    sites: [LeakSite] = [],
    clean: [LeakSite] = [],
    pathNote: String = "",
    firstSeen: UnixNanoseconds = 0,
    lastSeen: UnixNanoseconds = 0,
    comparedByID: Bool = false,
    isTooling: Bool = false,
    idNote: String = "",
    position: SourcePosition? = nil,
    companions: [String] = []
  ) {
    self.fingerprint = fingerprint
    self.family = family
    self.rule = rule
    self.className = className
    self.certainty = certainty
    self.explanation = explanation
    self.objectsPerStep = objectsPerStep
    self.bytesPerStep = bytesPerStep
    self.retainedSize = retainedSize
    self.retainerPath = retainerPath
    self.sites = sites
    self.clean = clean
    self.pathNote = pathNote
    self.firstSeen = firstSeen
    self.lastSeen = lastSeen
    self.comparedByID = comparedByID
    self.isTooling = isTooling
    self.idNote = idNote
    self.position = position
    self.companions = companions
  }
}

extension LeakFinding: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__leak_finding__init)

  init() {
    self.init(fingerprint: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__LeakFinding,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.identifier(&fingerprint, &raw.fingerprint, "fingerprint")
    try fields.text(&family, &raw.family, "family")
    try fields.text(&rule, &raw.rule, "rule")
    try fields.text(&className, &raw.class_name, "class_name")
    try fields.text(&certainty, &raw.certainty, "certainty")
    try fields.text(&explanation, &raw.explanation, "explanation")
    try fields.column(
      &objectsPerStep,
      &raw.objects_per_step,
      &raw.n_objects_per_step,
      "objects_per_step",
      maximum: FleetLimits.steps
    )
    try fields.column(
      &bytesPerStep,
      &raw.bytes_per_step,
      &raw.n_bytes_per_step,
      "bytes_per_step",
      maximum: FleetLimits.steps
    )
    fields.value(&retainedSize, &raw.retained_size)
    try fields.texts(
      &retainerPath,
      &raw.retainer_path,
      &raw.n_retainer_path,
      "retainer_path",
      maximum: FleetLimits.pathSteps
    )
    try fields.messages(&sites, &raw.sites, &raw.n_sites, "sites", maximum: FleetLimits.sites)
    try fields.messages(&clean, &raw.clean, &raw.n_clean, "clean", maximum: FleetLimits.sites)
    try fields.text(&pathNote, &raw.path_note, "path_note")
    fields.value(&firstSeen, &raw.first_seen_unix_nanos)
    fields.value(&lastSeen, &raw.last_seen_unix_nanos)
    fields.flag(&comparedByID, &raw.compared_by_id)
    fields.flag(&isTooling, &raw.tooling)
    try fields.text(&idNote, &raw.id_note, "id_note")
    try fields.message(&position, &raw.position)
    try fields.texts(
      &companions,
      &raw.companions,
      &raw.n_companions,
      "companions",
      maximum: FleetLimits.companions
    )
  }
}

internal import CFleetMessages

/// One class over two sets of instances.
package struct FleetClassRow: FleetMessage {
  package var key: String
  package var name: String
  package var baseMedianCount: Double
  package var mainMedianCount: Double
  package var baseMedianSize: Double
  package var mainMedianSize: Double
  /// Instances of main above what those of base explain.
  package var mainInstancesAbove: UInt32
  package var significant: Bool
  /// The medians of base are not known: too many of its instances keep only their largest classes.
  package var isBaseUnknown: Bool
  package var isMainUnknown: Bool

  package init(
    key: String = "",
    name: String = "",
    baseMedianCount: Double = 0,
    mainMedianCount: Double = 0,
    baseMedianSize: Double = 0,
    mainMedianSize: Double = 0,
    mainInstancesAbove: UInt32 = 0,
    significant: Bool = false,
    isBaseUnknown: Bool = false,
    isMainUnknown: Bool = false
  ) {
    self.key = key
    self.name = name
    self.baseMedianCount = baseMedianCount
    self.mainMedianCount = mainMedianCount
    self.baseMedianSize = baseMedianSize
    self.mainMedianSize = mainMedianSize
    self.mainInstancesAbove = mainInstancesAbove
    self.significant = significant
    self.isBaseUnknown = isBaseUnknown
    self.isMainUnknown = isMainUnknown
  }
}

extension FleetClassRow: MappedMessage {
  static let format = RawFormat(retinue__fleet__v1__fleet_class_row__init)

  init() {
    self.init(key: "")
  }

  mutating func exchange(
    _ raw: inout Retinue__Fleet__V1__FleetClassRow,
    _ fields: Fields
  ) throws(FleetError) {
    try fields.text(&key, &raw.key, "key", maximum: FleetLimits.classKey)
    try fields.text(&name, &raw.name, "name")
    fields.value(&baseMedianCount, &raw.base_median_count)
    fields.value(&mainMedianCount, &raw.main_median_count)
    fields.value(&baseMedianSize, &raw.base_median_size)
    fields.value(&mainMedianSize, &raw.main_median_size)
    fields.value(&mainInstancesAbove, &raw.main_instances_above)
    fields.flag(&significant, &raw.significant)
    fields.flag(&isBaseUnknown, &raw.base_unknown)
    fields.flag(&isMainUnknown, &raw.main_unknown)
  }
}

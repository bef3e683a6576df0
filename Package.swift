// swift-tools-version: 6.2
import PackageDescription

// The architecture is written here: a target may import what it lists and nothing else, and
// `make build` passes `--explicit-target-dependency-import-check error`, so that the compiler
// refuses any other import. Targets stand in the order in which a snapshot passes through them
// (docs/life-of-a-snapshot.md).

/// A debug build compiles by the module, as a release build does.
///
/// A clean one takes a third less time for it (docs/decisions/0006). `RETINUE_INCREMENTAL=1`
/// compiles by the file instead, for whoever edits all day, with variables for a debugger.
let wholeModules: [SwiftSetting] =
  Context.environment["RETINUE_INCREMENTAL"] != nil
  ? []
  : [
    .unsafeFlags(
      [
        "-whole-module-optimization", "-num-threads", "1", "-no-emit-module-separately-wmo",
        "-disable-batch-mode", "-Xfrontend", "-gline-tables-only", "-index-ignore-system-modules",
      ],
      .when(configuration: .debug)
    )
  ]

let strict: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
  ] + wholeModules

/// One edge per C library: a header, a `.c` file, and the library it links.
func edge(_ name: String, links libraries: [String] = []) -> Target {
  .target(
    name: name,
    cSettings: [.unsafeFlags(["-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter"])],
    linkerSettings: libraries.map { .linkedLibrary($0) }
  )
}

func part(_ name: String, imports dependencies: [String] = []) -> Target {
  .target(
    name: name,
    dependencies: dependencies.map { .byName(name: $0) },
    swiftSettings: strict
  )
}

func program(_ name: String, imports dependencies: [String]) -> Target {
  .executableTarget(
    name: name,
    dependencies: dependencies.map { .byName(name: $0) },
    swiftSettings: strict
  )
}

/// Tests of one part: `Tests/` mirrors `Sources/` one to one.
func tests(
  of name: String,
  with others: [String] = [],
  excluding folders: [String] = []
) -> Target {
  .testTarget(
    name: name + "Tests",
    dependencies: ([name, "TestSupport"] + others).map { .byName(name: $0) },
    exclude: folders,
    swiftSettings: strict
  )
}

let package = Package(
  name: "retinue",
  products: [
    .executable(name: "retinue", targets: ["retinue"]),
    .executable(name: "retinue-agent", targets: ["retinue-agent"]),
  ],
  targets: [
    // Edges: each is imported by exactly one Swift target.
    edge("CGRPC", links: ["grpc", "gpr"]),
    edge("CZstd", links: ["zstd"]),
    edge("CZlib", links: ["z"]),
    edge("CSQLite", links: ["sqlite3"]),
    edge("CCrypto", links: ["crypto"]),
    edge("CYAML", links: ["yaml"]),
    edge("CSockets"),
    edge("CPrefetch"),
    edge("CDigits"),
    edge("CFleetMessages", links: ["protobuf-c"]),

    // The words of the project, and the streams that read and write them.
    part("HeapModel"),
    part("JSONStream"),
    part("Compression", imports: ["CZstd", "CZlib"]),
    part("Cryptography", imports: ["CCrypto"]),
    part("InspectorProtocols", imports: ["HeapModel", "JSONStream"]),
    part("SnapshotFormats", imports: ["HeapModel", "JSONStream", "Compression", "CDigits"]),
    part("SnapshotColumns", imports: ["HeapModel", "Compression", "Cryptography"]),
    part("ProfileFormats", imports: ["HeapModel", "JSONStream", "Compression"]),
    part("FleetProtocol", imports: ["HeapModel", "CFleetMessages"]),
    part("GRPCTransport", imports: ["CGRPC"]),
    part("Connections", imports: ["CSockets"]),
    part(
      "Agent",
      imports: [
        "HeapModel", "InspectorProtocols", "SnapshotFormats", "SnapshotColumns", "FleetProtocol",
        "GRPCTransport", "Connections", "Compression", "Cryptography", "Configuration", "Log",
        "JSONStream",
      ]
    ),
    part("HeapAnalysis", imports: ["HeapModel", "Quantities", "CPrefetch"]),
    part("Store", imports: ["HeapModel", "Cryptography", "CSQLite"]),
    part(
      "Collector",
      imports: [
        "HeapModel", "FleetProtocol", "GRPCTransport", "SnapshotColumns", "HeapAnalysis", "Store",
        "Connections", "Compression", "Cryptography", "Log",
      ]
    ),
    part("Quantities"),
    part("Configuration", imports: ["CYAML", "Quantities"]),
    part("CommandLineArguments", imports: ["Quantities"]),
    part("Log"),

    // One program each: arguments, wiring, run.
    program(
      "retinue-agent",
      imports: ["Agent", "Configuration", "CommandLineArguments", "Log"]
    ),
    program(
      "retinue",
      imports: [
        "Collector", "Configuration", "CommandLineArguments", "Log", "FleetProtocol",
        "GRPCTransport", "HeapModel", "HeapAnalysis", "SnapshotColumns", "SnapshotFormats",
        "ProfileFormats", "Cryptography", "Store", "JSONStream",
      ]
    ),

    .target(
      name: "TestSupport",
      dependencies: ["HeapModel"],
      path: "Tests/TestSupport",
      exclude: ["Firefox"],
      swiftSettings: strict
    ),
    tests(of: "HeapModel"),
    tests(of: "JSONStream"),
    tests(of: "Compression"),
    tests(of: "Cryptography"),
    tests(
      of: "InspectorProtocols",
      with: ["HeapModel", "JSONStream", "Connections", "Compression"]
    ),
    tests(of: "SnapshotFormats", with: ["HeapModel", "JSONStream", "Compression"]),
    tests(
      of: "SnapshotColumns",
      with: ["HeapModel", "JSONStream", "SnapshotFormats", "Compression"]
    ),
    tests(of: "ProfileFormats", with: ["HeapModel", "JSONStream", "Compression"]),
    tests(of: "FleetProtocol", with: ["HeapModel"]),
    tests(of: "GRPCTransport", excluding: ["Python", "Sanitizers"]),
    tests(of: "Connections"),
    tests(
      of: "Agent",
      with: [
        "HeapModel", "FleetProtocol", "GRPCTransport", "Connections", "Configuration",
        "InspectorProtocols", "SnapshotColumns", "Compression", "Cryptography", "Log", "JSONStream",
      ]
    ),
    tests(of: "HeapAnalysis", with: ["HeapModel", "JSONStream", "SnapshotFormats", "Compression"]),
    tests(of: "Store", with: ["HeapModel", "Cryptography"]),
    tests(
      of: "Collector",
      with: [
        "HeapModel", "FleetProtocol", "GRPCTransport", "SnapshotColumns", "SnapshotFormats",
        "Store", "Compression", "Cryptography", "Log",
      ]
    ),
    tests(of: "Quantities"),
    tests(of: "Configuration"),
    tests(of: "CommandLineArguments"),
    tests(of: "Log"),
    .testTarget(
      name: "EndToEndTests",
      // Not the programs that they run: whoever builds the tests builds them too, and here they would
      // have these tests compiled last and alone.
      dependencies: [
        "TestSupport", "HeapModel", "FleetProtocol", "GRPCTransport", "JSONStream",
        "SnapshotFormats", "SnapshotColumns", "Compression", "Cryptography",
      ],
      swiftSettings: strict
    ),
  ]
)

/// Leaves some targets and what they import.
@MainActor func keep(only names: String...) {
  @MainActor func imports(_ name: String) -> Set<String> {
    let target = package.targets.first { $0.name == name }
    return (target?.dependencies ?? []).reduce(into: [name]) { names, dependency in
      if case .byNameItem(let name, _) = dependency { names.formUnion(imports(name)) }
    }
  }
  let kept = names.reduce(into: Set()) { $0.formUnion(imports($1)) }
  package.targets.removeAll { !kept.contains($0.name) }
  package.products = []
}

// `RETINUE_PART=GRPCTransport swift test` leaves that part, what it imports and its tests, so that
// `.ci/sanitizers` does not build the rest twice more.
if let part = Context.environment["RETINUE_PART"] {
  if part == "EndToEnd" {
    // These run the programs, and do not import them.
    keep(only: "EndToEndTests", "retinue", "retinue-agent")
  } else {
    keep(only: part + "Tests")
  }
}

// `make fuzz` builds this program and nothing else; its `main` is libFuzzer's.
if Context.environment["RETINUE_FUZZING"] != nil {
  package.targets.append(
    .executableTarget(
      name: "retinue-fuzz",
      dependencies: [
        "HeapModel", "Compression", "Cryptography", "SnapshotFormats", "SnapshotColumns",
        "HeapAnalysis",
      ],
      path: "Tests/Fuzzing/Program",
      swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]
    )
  )
  keep(only: "retinue-fuzz")
}

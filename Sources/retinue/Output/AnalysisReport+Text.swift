internal import CommandLineArguments
internal import FleetProtocol
internal import HeapAnalysis
internal import HeapModel

extension AnalysisReport {
  func printText(limit: Int) {
    printLines(partial?.lines ?? [])
    if let snapshot {
      printLines([
        "\(ShortID.text(snapshot.id)) · \(snapshot.labels.service) \(snapshot.labels.instance) · "
          + "\(HumanText.time(snapshot.takenAt)) UTC · redaction: \(snapshot.redaction.mode)"
      ])
    }
    printLines([
      "\(engine) · \(HumanText.count(totals.nodeCount)) objects · "
        + "\(HumanText.count(totals.edgeCount)) references · "
        + "\(HumanText.bytes(totals.totalRetainedSize)) in all",
      "code \(HumanText.bytes(told(totals.heapCode, unless: .codeSize))) · "
        + "strings \(HumanText.bytes(totals.heapStrings)) · "
        + "arrays \(HumanText.bytes(totals.heapArrays)) · "
        + "typed arrays \(HumanText.bytes(told(totals.nativeTypedArrays, unless: .typedArrays))) · "
        + "native \(HumanText.bytes(totals.nativeTotal)) · "
        + "system \(HumanText.bytes(told(totals.heapSystem, unless: .systemSize)))",
    ])
    if !untold.isEmpty {
      printLines(["\(engine) does not tell: \(untold.map(\.words).joined(separator: ", "))"])
    }
    if totals.unheldCount > 0 {
      printLines([
        "holder unknown: \(HumanText.count(totals.unheldCount)) objects, such as entries of a Map, "
          + "keep \(HumanText.bytes(totals.unheldRetainedSize)) alive "
          + "(\(share(totals.unheldRetainedSize)) of the heap)"
      ])
    }
    printNativeClasses()
    printLines([""])
    printNativeContexts(limit: limit)
    printClasses(limit: limit)
    printLines([""])
    printLargest(limit: limit)
    if let collections, !collections.isEmpty {
      printLines(["", "\(engine) does not tell what a Map or a Set holds; its inspector showed:"])
      Self.print(collections, limit: limit)
    }
  }

  private static func print(_ collections: [ShownCollection], limit: Int) {
    var table = TextTable([
      .text("MAP OR SET"), .init("ID"), .number("ENTRIES"),
      .text("AMONG THE FIRST KEYS AND VALUES"),
    ])
    for collection in collections.prefix(limit) {
      let seen = collection.classes.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
      table.append([
        .init(collection.className), .init("@\(collection.id)"),
        .init(HumanText.count(collection.entryCount)), .init(seen),
      ])
    }
    table.print(orElse: "")
  }

  /// The largest few in one line: `native by class: system / JSArrayBufferData 40.0 MB, …`.
  private func printNativeClasses() {
    let shown = nativeClasses.filter { $0.selfSize > 0 }.prefix(4).map { row in
      "\(DisplayText.safe(row.name)) \(HumanText.bytes(row.selfSize))"
    }
    guard !shown.isEmpty else { return }
    printLines(["native by class: \(shown.joined(separator: ", "))"])
  }

  /// One context is the whole program, and no news.
  private func printNativeContexts(limit: Int) {
    guard let native = nativeContexts, native.contextCount > 1 else { return }
    var table = TextTable([
      .text("CONTEXT"), .init("ID"), .number("ITS OWN"), .number("OF HEAP"), .number("RETAINED"),
    ])
    for context in native.contexts.prefix(limit) {
      table.append([
        .init(context.name), .init("@\(context.id)"),
        .init(HumanText.bytes(context.attributedSize)), .init(share(context.attributedSize)),
        .init(HumanText.bytes(context.retainedSize)),
      ])
    }
    table.print(orElse: "")
    let shown = UInt64(min(limit, native.contexts.count))
    if native.contextCount > shown {
      printLines(["… \(native.contextCount - shown) more contexts"])
    }
    printLines([
      "of several contexts \(HumanText.bytes(native.sharedSize)) · "
        + "of none \(HumanText.bytes(native.unattributedSize))",
      "",
    ])
  }

  private func printClasses(limit: Int) {
    var table = TextTable([
      .text("CLASS"), .number("OBJECTS"), .number("SELF"), .number("RETAINED"), .number("OF HEAP"),
      .number("DISTANCE"),
    ])
    for row in classes.prefix(limit) {
      table.append([
        .init(row.name), .init(HumanText.count(row.count)), .init(HumanText.bytes(row.selfSize)),
        .init(HumanText.bytes(row.retainedSize)), .init(share(row.retainedSize)),
        .init(HumanText.distance(row.distance)),
      ])
    }
    table.print(orElse: "No classes.")
    if classes.count > limit { printLines(["… \(classes.count - limit) more classes"]) }
    for row in classes.prefix(limit) where row.countInDevTools > 0 {
      printLines([
        "\(row.name): DevTools shows \(HumanText.count(row.countInDevTools)) of these "
          + "\(HumanText.count(row.count)); two kinds of objects with this name overwrite each other there"
      ])
    }
  }

  private func printLargest(limit: Int) {
    var table = TextTable([
      .text("LARGEST OBJECT"), .text("CLASS"), .init("ID"), .number("SELF"), .number("RETAINED"),
      .number("OF HEAP"), .number("DISTANCE"),
    ])
    // The root and what only the engine reaches would fill the table and help nobody.
    let reachable = largest.filter { $0.distance < HumanText.firstSystemDistance }
    for row in reachable.prefix(limit) {
      table.append([
        .init(row.name), .init(row.className), .init("@\(row.id)"),
        .init(HumanText.bytes(row.selfSize)), .init(HumanText.bytes(row.retainedSize)),
        .init(share(row.retainedSize)), .init(HumanText.distance(row.distance)),
      ])
    }
    table.print(orElse: "No objects.")
  }

  private func share(_ bytes: UInt64) -> String {
    guard totals.totalRetainedSize > 0 else { return HumanText.unknown }
    return Readable.percent(Double(bytes) / Double(totals.totalRetainedSize))
  }
}

internal import HeapModel

/// Puts a leak into words: its path, its owner, its fingerprint and its sentence.
struct FindingWriter {
  private static let companionLimit = 4
  private static let leastPathCount = 8
  /// Steps to follow in all.
  private static let pathLengthLimit = 1_000_000

  let context: GrowthContext

  private var last: AnalyzedHeap { context.last }

  func draft(
    group: GrowthGroup,
    candidate: GrowthGroup.Candidate,
    objectsPerStep: [Int]
  ) -> FindingDraft {
    let paths = paths(to: candidate.samples)
    let path = NormalizedPath(paths)
    let known = path.flatMap { $0.origin == .unknownHolder ? nil : $0 }
    let owner = known.flatMap(owner)
    let className = name(of: candidate.key)
    return FindingDraft(
      rank: candidate.rank,
      holder: group.holder,
      heldBy: holder(group, path, owner: owner?.name, of: className, candidate.samples.first),
      owner: owner?.name,
      identity: known.map { identity($0, owner) } ?? ["no path", className],
      className: className,
      position: position(of: candidate.samples.first),
      objectsPerStep: objectsPerStep,
      bytesPerStep: context.bytesPerStep(group, candidate, growth: objectsPerStep),
      retainerPath: known?.steps ?? [],
      isTooling: path?.origin == .tooling,
      isComparedByID: context.isComparedByID,
      companions: companions(group, candidate).filter { $0 != className },
      path: LeakPath(
        known?.members ?? [],
        samples: paths,
        owner: owner?.name,
        contents: group,
        context: context
      )
    )
  }

  /// The samples' paths, fewer where they are long.
  private func paths(to samples: [UInt32]) -> [RetainerPath] {
    var paths: [RetainerPath] = []
    var length = 0
    for node in samples
    where paths.count < Self.leastPathCount || length < Self.pathLengthLimit {
      guard let path = context.forest.path(of: node) else { continue }
      length += path.length
      paths.append(path)
    }
    return paths
  }

  private func holder(
    _ group: GrowthGroup,
    _ path: NormalizedPath?,
    owner: String?,
    of className: String,
    _ sample: UInt32?
  ) -> Explanation.Holder {
    if path?.origin == .tooling { return .debugger }
    if let holder = group.holder {
      return .object(className: PathLabel.node(last, holder), owner: owner)
    }
    if group.holderCount > 1 { return .many(count: group.holderCount, owner: owner) }
    return path?.origin == .unknownHolder
      ? .unknownCollection(estimate(of: className, sample)) : .several(owner: owner)
  }

  /// The Map or Set that by its first entries has most objects of a class.
  ///
  /// - Parameter sample: one of them: the engine's own name of a plain object is not the class table's.
  private func estimate(of className: String, _ sample: UInt32?) -> CollectionEstimate? {
    let ownName = sample.map { last.graph.names[Int(last.graph.nodeName[Int($0)])] }
    let shares = last.shownCollections.compactMap {
      collection -> (ShownCollection, share: Double)? in
      guard let most = collection.classes.first,
        let seen = collection.classes.first(where: { $0.name == className || $0.name == ownName })
      else { return nil }
      return (collection, Double(seen.count) / Double(max(most.count, 1)))
    }
    // Those with most entries come first.
    let best = shares.enumerated().max {
      let (a, b) = (
        Double($0.element.0.entryCount) * $0.element.share,
        Double($1.element.0.entryCount) * $1.element.share
      )
      return a != b ? a < b : $0.offset > $1.offset
    }
    guard let (holder, share) = best?.element else { return nil }
    let path = context.forest.path(of: holder.ordinal).flatMap { NormalizedPath([$0]) }
    return CollectionEstimate(
      className: holder.className,
      objectID: holder.id,
      owner: path.flatMap(owner)?.name,
      entryCount: holder.entryCount,
      isOfMost: share == 1
    )
  }

  private func name(of key: CandidateKey) -> String {
    switch key {
    case .objects(let number): last.className(ofNumber: number)
    case .function(let name, _, _, _): name.isEmpty ? "Function" : "Function \(name)"
    }
  }

  private func position(of sample: UInt32?) -> SourcePosition? {
    guard let sample, let row = last.graph.locationRow(of: sample) else { return nil }
    let locations = last.graph.locations
    guard let script = context.scripts[locations.script[row]], !script.isEmpty else { return nil }
    return SourcePosition(
      script: script,
      line: Int(locations.line[row]) + 1,
      column: Int(locations.column[row]) + 1
    )
  }

  private func companions(
    _ group: GrowthGroup,
    _ named: GrowthGroup.Candidate
  ) -> [String] {
    let least = named.countPerStep.reduce(0, +) / 2
    let others = group.candidates.filter {
      $0.key != named.key && $0.countPerStep.reduce(0, +) >= least
    }
    return others.map { (size: $0.heldSize, name: name(of: $0.key)) }
      .sorted { ($1.size, $0.name) < ($0.size, $1.name) }
      .prefix(Self.companionLimit).map(\.name)
  }

  /// The variable or property by which the program holds the leak.
  ///
  /// It is the nearest above the objects that were there before. What lies inside the runtime's own
  /// properties (`_events`, and all that is in it) counts for none, up to the next closure or module.
  private func owner(_ path: NormalizedPath) -> Owner? {
    let steps = path.representative.steps
    guard let lastOld = steps.lastIndex(where: { context.births.step[Int($0.node)] == 0 }) else {
      return nil
    }
    var owner: Owner?
    var isInsideRuntime = false
    for index in steps.indices.prefix(lastOld + 1).dropFirst() {
      let label = PathLabel(steps[index], isFirst: false)
      guard let name = label.chosenName else { continue }
      let isGlobal = index == 1 && path.origin == .program
      if case .variable = label.reference {
        isInsideRuntime = false
      } else if NodeModules.exports.contains(name) {
        isInsideRuntime = false
      } else if !isGlobal, Self.isOfRuntime(name) {
        isInsideRuntime = true
      }
      if !isInsideRuntime, let place = path.labels.lastIndex(of: label) {
        owner = Owner(name: String(name.drop { $0 == "_" }), place: place)
      }
    }
    return owner
  }

  private struct Owner {
    let name: String
    /// Where in the path's labels it stands.
    let place: Int
  }

  /// The part of a path that says which leak it is: from its owner on.
  ///
  /// What leads to the owner differs with what the process is doing, and between versions of the
  /// runtime.
  private func identity(_ path: NormalizedPath, _ owner: Owner?) -> [String] {
    guard let owner else { return path.lastingSteps }
    return path.labels[owner.place...].map(\.lastingText)
  }

  /// Names of the runtime's own properties start with an underscore, or are symbols or private.
  private static func isOfRuntime(_ name: String) -> Bool {
    name.hasPrefix("_") || name.hasPrefix("<") || name.hasPrefix("#")
  }
}

/// The groups of a series, with those that are too small for themselves taken together by the
/// class of their holders: a hundred sessions that each keep a few more are one leak too.
struct SpreadGroups {
  private(set) var groups: [GrowthGroup] = []

  init(_ context: GrowthContext) {
    var small: [UInt32: GrowthGroup] = [:]
    for group in context.groups {
      guard let holder = group.holder, context.isComparedByID, !Self.isEnough(group, context) else {
        groups.append(group)
        continue
      }
      let holderClass = context.classes.number(of: holder)
      if small[holderClass] == nil {
        small[holderClass] = GrowthGroup(
          holder: nil,
          holderCount: 0,
          bytesPerStep: group.bytesPerStep.map { _ in 0 }
        )
      }
      small[holderClass]?.absorb(group)
    }
    groups += small.values.filter { $0.holderCount > 1 }
  }

  private static func isEnough(_ group: GrowthGroup, _ context: GrowthContext) -> Bool {
    group.candidates.contains {
      context.thresholds.areMet($0.rank, objects: $0.countPerStep, bytes: group.bytesPerStep)
    }
  }
}

extension GrowthGroup {
  fileprivate mutating func absorb(_ other: GrowthGroup) {
    holderCount += 1
    for step in bytesPerStep.indices { bytesPerStep[step] &+= other.bytesPerStep[step] }
    for candidate in other.candidates {
      guard let index = candidates.firstIndex(where: { $0.key == candidate.key }) else {
        candidates.append(candidate)
        continue
      }
      for step in candidate.countPerStep.indices {
        candidates[index].countPerStep[step] += candidate.countPerStep[step]
      }
      candidates[index].heldSize &+= candidate.heldSize
      for node in candidate.samples { candidates[index].offer(node) }
    }
  }
}

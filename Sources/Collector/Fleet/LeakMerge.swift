package import FleetProtocol
internal import HeapModel
package import Store

/// Joins what was found in single targets to findings of the fleet, by fingerprint: where each was
/// seen, and which instances of the same services are without it.
package struct LeakMerge: Sendable {
  /// A target that was examined.
  package struct Examined: Sendable {
    package var target: TargetRecord?
    package var examination: ExaminationRecord

    package init(target: TargetRecord?, examination: ExaminationRecord) {
      self.target = target
      self.examination = examination
    }
  }

  private let examined: [Examined]
  private let findings: [String: FindingRecord]

  package init(_ examined: [Examined], findings: [FindingRecord]) {
    self.examined = examined.filter { $0.examination.failure.isEmpty }
    self.findings = Dictionary(findings.map { ($0.fingerprint, $0) }) { $1 }
  }

  /// Gravest first: what came first in a target, then what most targets have, then by bytes.
  ///
  /// What only a debugger keeps comes last.
  package var leaks: [LeakFinding] {
    var merged: [(rank: Int, leak: LeakFinding)] = []
    for (fingerprint, record) in findings {
      let sites = sites(of: fingerprint)
      guard let gravest = sites.max(by: { $0.site.retainedSize < $1.site.retainedSize }) else {
        continue
      }
      let rank = sites.map(\.rank).min() ?? 0
      merged.append((rank, leak(record, sites, gravest)))
    }
    return merged.sorted { first, second in
      if first.leak.isTooling != second.leak.isTooling { return second.leak.isTooling }
      let order = (first.rank, -first.leak.sites.count)
      let other = (second.rank, -second.leak.sites.count)
      if order != other { return order < other }
      return (first.leak.retainedSize, first.leak.fingerprint)
        > (second.leak.retainedSize, second.leak.fingerprint)
    }.map(\.leak)
  }

  private struct Site {
    var examined: Examined
    var site: FindingSite
    /// Its place among the findings of its target.
    var rank: Int
  }

  private func sites(of fingerprint: String) -> [Site] {
    examined.compactMap { examined in
      let sites = examined.examination.sites
      guard let rank = sites.firstIndex(where: { $0.fingerprint == fingerprint }) else {
        return nil
      }
      return Site(examined: examined, site: sites[rank], rank: rank)
    }
  }

  private func leak(_ record: FindingRecord, _ sites: [Site], _ gravest: Site) -> LeakFinding {
    let services = Set(sites.compactMap { $0.examined.target?.description.labels.service })
    let ids = Set(sites.map { $0.examined.examination.targetID })
    let clean = examined.filter { examined in
      guard let service = examined.target?.description.labels.service else { return false }
      return services.contains(service) && ids.contains(examined.examination.targetID) == false
    }
    return LeakFinding(
      fingerprint: record.fingerprint,
      family: record.family,
      rule: record.rule,
      className: record.className,
      certainty: record.certainty,
      explanation: record.explanation,
      objectsPerStep: gravest.site.objectsPerStep,
      bytesPerStep: gravest.site.bytesPerStep,
      retainedSize: gravest.site.retainedSize,
      retainerPath: record.retainerPath,
      sites: sites.map { LeakSite($0.examined, $0.site) },
      clean: clean.map { LeakSite($0, nil) },
      pathNote: record.pathNote,
      firstSeen: record.firstSeen,
      lastSeen: record.lastSeen,
      comparedByID: sites.allSatisfy { $0.examined.examination.comparedByID },
      isTooling: record.isTooling,
      idNote: sites.lazy.map(\.examined.examination.idNote).first { $0.isEmpty == false } ?? "",
      position: record.position,
      companions: record.companions
    )
  }
}

extension LeakSite {
  init(_ examined: LeakMerge.Examined, _ site: FindingSite?) {
    let target = examined.target?.description
    self.init(
      targetID: examined.examination.targetID,
      service: target?.labels.service ?? "",
      version: target?.labels.version ?? "",
      instance: target?.labels.instance ?? "",
      runtime: target?.runtime.rawValue ?? "",
      snapshotID: examined.examination.snapshotIDs.last ?? "",
      objectsPerStep: site?.objectsPerStep ?? [],
      bytesPerStep: site?.bytesPerStep ?? []
    )
  }
}

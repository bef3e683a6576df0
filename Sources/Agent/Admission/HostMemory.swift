internal import Glibc

/// Reads the memory situation of a process from `/proc` and the control groups.
///
/// Roots can be given, so that tests show it a host that does not exist.
package struct HostMemory: Sendable {
  private let processRoot: String
  private let controlGroupRoot: String

  package init(processRoot: String = "/proc", controlGroupRoot: String = "/sys/fs/cgroup") {
    self.processRoot = processRoot
    self.controlGroupRoot = controlGroupRoot
  }

  /// nil if the process is gone.
  package func situation(of process: Int32) -> MemorySituation? {
    guard let residentSize = residentSize(of: process) else { return nil }
    let group = text("\(processRoot)/\(process)/cgroup").flatMap { ControlGroup($0) }
    let limits = group?.selfAndAncestors.compactMap(limit) ?? []
    return MemorySituation(residentSize: residentSize, available: available(), limits: limits)
  }

  /// What the host could give to a process without swapping.
  package func available() -> UInt64 {
    text(processRoot + "/meminfo").flatMap(MemoryFiles.available) ?? 0
  }

  /// Costs a few microseconds.
  package func residentSize(of process: Int32) -> UInt64? {
    text("\(processRoot)/\(process)/statm").flatMap {
      MemoryFiles.residentSize(statm: $0, pageSize: UInt64(max(sysconf(Int32(_SC_PAGESIZE)), 1)))
    }
  }

  /// Costs the kernel a walk over the process's memory, 2 to 13 ms: once a minute is enough.
  package func proportionalSize(of process: Int32) -> UInt64? {
    text("\(processRoot)/\(process)/smaps_rollup").flatMap(MemoryFiles.proportionalSize)
  }

  /// What a group uses is counted without the file pages that the kernel would drop at once.
  private func limit(of group: ControlGroup) -> MemoryLimit? {
    let names: (limit: String, used: String, droppable: String, folder: String) =
      switch group.version {
      case .one:
        (
          "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file",
          controlGroupRoot + "/memory"
        )
      case .two: ("memory.max", "memory.current", "inactive_file", controlGroupRoot)
      }
    let folder = names.folder + group.path + "/"
    guard
      let limit = text(folder + names.limit).flatMap(MemoryFiles.limit),
      let used = text(folder + names.used).flatMap(MemoryFiles.limit)
    else { return nil }
    let droppable =
      text(folder + "memory.stat").flatMap { MemoryFiles.counter(names.droppable, in: $0) } ?? 0
    return MemoryLimit(group: group.path, limit: limit, used: used - min(used, droppable))
  }

  private func text(_ path: String) -> String? {
    readWhole(path, limit: 1 << 20).map { String(decoding: $0, as: UTF8.self) }
  }
}

/// What the resident memory of one process is made of, as far as readings of its heaps tell.
///
/// All parts and the remainder add up to the resident size. What no runtime tells, such as stacks
/// and what its allocator keeps, is in the remainder. Nor does the kernel tell stacks: of a process'
/// mappings it names that of the main thread's alone, and the others look like the allocator's.
package struct ResidentParts: Sendable {
  package enum Kind: String, CaseIterable, Sendable {
    /// Objects that are alive or not yet collected, without compiled code.
    case liveHeap
    case code
    /// What heaps have taken from the system and do not use.
    case freeHeap
    case arrayBuffers
    /// What else objects keep alive outside the heap: handles, compression, a page's DOM.
    case otherExternal
    case stacks
  }

  package let residentSize: UInt64
  /// Bytes of each kind that is told, in the order of `Kind`.
  package let parts: [(kind: Kind, byteCount: UInt64)]
  /// What is resident and in none of the parts.
  ///
  /// Negative where runtimes count what is not resident: pages never touched, or swapped out.
  package let remainder: Int64
  /// Kinds that are not told for every heap, so that some of them is in the remainder.
  package let untold: [Kind]

  /// - Parameters:
  ///   - usages: one reading of each heap in the process: main thread and workers.
  ///   - engine: whose heaps they are.
  /// - Returns: nil where the process's resident size is not told.
  package init?(_ usages: [HeapUsage], engine: HeapEngine) {
    // Each tells the size of the whole process, at its own moment.
    guard let latest = usages.filter({ $0.residentSize != nil }).max(by: { $0.time < $1.time }),
      let residentSize = latest.residentSize
    else { return nil }
    self.residentSize = residentSize
    var sums: [Kind: UInt64] = [:]
    var untold: Set<Kind> = [.stacks]
    for usage in usages {
      for (kind, byteCount) in Self.parts(of: usage, engine) {
        if let byteCount {
          sums[kind, default: 0] = sums[kind, default: 0].addingClamped(byteCount)
        } else {
          untold.insert(kind)
        }
      }
    }
    parts = Kind.allCases.compactMap { kind in sums[kind].map { (kind, $0) } }
    let known = parts.reduce(into: UInt64(0)) { $0 = $0.addingClamped($1.byteCount) }
    remainder =
      known <= residentSize
      ? Int64(clamping: residentSize - known) : -Int64(clamping: known - residentSize)
    self.untold = Kind.allCases.filter(untold.contains)
  }

  private static func parts(of usage: HeapUsage, _ engine: HeapEngine) -> [(Kind, UInt64?)] {
    let code = usage.spaces.isEmpty ? nil : code(in: usage.spaces)
    // JavaScriptCore counts into its heap what objects keep alive outside of it.
    let inside = engine == .javaScriptCore ? usage.external ?? 0 : code ?? 0
    let live = usage.used - min(inside, usage.used)
    let used = engine == .javaScriptCore ? live : usage.used
    let others = usage.external.map { external in
      external - min(usage.arrayBuffers ?? 0, external)
    }
    return [
      (.liveHeap, live),
      (.code, engine == .v8 ? code : nil),
      (.freeHeap, usage.total - min(used, usage.total)),
      (.arrayBuffers, usage.arrayBuffers),
      (.otherExternal, others),
    ]
  }

  /// V8 has machine code in spaces of their own.
  private static func code(in spaces: [HeapSpace]) -> UInt64 {
    spaces.filter { $0.name == "code_space" || $0.name == "code_large_object_space" }
      .reduce(0) { $0.addingClamped($1.used) }
  }
}

extension UInt64 {
  fileprivate func addingClamped(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}

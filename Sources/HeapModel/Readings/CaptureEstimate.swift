/// What a snapshot will cost its target.
package struct CaptureEstimate: Sendable, Hashable {
  /// How much the target's memory grows while it writes the snapshot; runtimes keep most of it.
  package var growthBytes: UInt64
  /// How long its program stands still.
  package var pauseMilliseconds: UInt64

  package init(growthBytes: UInt64, pauseMilliseconds: UInt64) {
    self.growthBytes = growthBytes
    self.pauseMilliseconds = pauseMilliseconds
  }
}

/// What an earlier snapshot of the same target had shown.
package struct EarlierCapture: Sendable, Hashable {
  package var heapUsed: UInt64
  package var nodeCount: UInt64
  package var pauseMilliseconds: UInt64
  /// By how much the process had grown when it had written it; zero where nobody looked.
  package var growthBytes: UInt64

  package init(
    heapUsed: UInt64,
    nodeCount: UInt64,
    pauseMilliseconds: UInt64,
    growthBytes: UInt64 = 0
  ) {
    self.heapUsed = heapUsed
    self.nodeCount = nodeCount
    self.pauseMilliseconds = pauseMilliseconds
    self.growthBytes = growthBytes
  }
}

extension CaptureEstimate {
  /// What snapshots cost each runtime (measured, `docs/runtimes.md`): growth in tenths of the heap
  /// used, or bytes for each node once an earlier snapshot has counted them; pause in
  /// milliseconds per 10^6 bytes of heap, on a slow machine.
  ///
  /// V8 grows by 6 to 8 times a heap of middling objects and by up to 24 times one of many small
  /// ones. Which of them a heap is nobody knows before its first snapshot, so that one is reckoned
  /// at twice the usual price: a refusal can be overruled, a process killed for want of memory
  /// does not come back.
  private struct Price {
    var growthTenths: UInt64
    var bytesPerNode: UInt64
    var pausePerMegabyte: UInt64
  }

  private static func price(_ runtime: RuntimeKind) -> Price {
    switch runtime {
    case .node, .deno: Price(growthTenths: 160, bytesPerNode: 350, pausePerMegabyte: 90)
    case .chromium: Price(growthTenths: 160, bytesPerNode: 350, pausePerMegabyte: 115)
    // Every 19 bytes may be a node, of 950 bytes and 6 µs.
    case .workerd: Price(growthTenths: 500, bytesPerNode: 950, pausePerMegabyte: 316)
    case .bun: Price(growthTenths: 65, bytesPerNode: 200, pausePerMegabyte: 115)
    // 200 MB in each of two processes, the page's and the program's, for a heap of 21 MB.
    case .webKitGTK: Price(growthTenths: 200, bytesPerNode: 800, pausePerMegabyte: 115)
    case .firefox: Price(growthTenths: 40, bytesPerNode: 120, pausePerMegabyte: 105)
    }
  }

  /// Estimates from the heap in use, and better from an earlier snapshot, scaled to today's heap.
  ///
  /// What that one was seen to cost counts where it was more than its nodes should have.
  package init(runtime: RuntimeKind, heapUsed: UInt64, earlier: EarlierCapture? = nil) {
    let price = Self.price(runtime)
    growthBytes = Self.product(heapUsed, price.growthTenths) / 10
    pauseMilliseconds = Self.product(heapUsed, price.pausePerMegabyte) / 1_000_000
    guard let earlier, earlier.heapUsed > 0 else { return }
    let scale = Double(heapUsed) / Double(earlier.heapUsed)
    if earlier.nodeCount > 0 {
      growthBytes = Self.whole(Double(earlier.nodeCount) * scale * Double(price.bytesPerNode))
    }
    growthBytes = max(growthBytes, Self.whole(Double(earlier.growthBytes) * scale))
    if earlier.pauseMilliseconds > 0 {
      pauseMilliseconds = Self.whole(Double(earlier.pauseMilliseconds) * scale)
    }
  }

  private static func product(_ value: UInt64, _ factor: UInt64) -> UInt64 {
    let (product, overflow) = value.multipliedReportingOverflow(by: factor)
    return overflow ? .max : product
  }

  /// Zero for what is not a number or negative, the largest value for what is too large.
  private static func whole(_ value: Double) -> UInt64 {
    value >= 0 ? (UInt64(exactly: value.rounded(.down)) ?? .max) : 0
  }
}

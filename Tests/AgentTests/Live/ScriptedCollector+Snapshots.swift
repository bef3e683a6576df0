import FleetProtocol
import HeapModel
import SnapshotColumns
import TestSupport
import Testing

extension ScriptedCollector {
  /// Takes a snapshot of a target, as the command of this number, whatever admission says.
  ///
  /// - Parameter timelineMilliseconds: how long allocations are recorded before it, with their stacks;
  ///   0 for a snapshot alone
  func snapshot(
    _ number: Int,
    of target: TargetDescription,
    timelineMilliseconds: UInt64 = 0
  ) async throws -> HeapGraph {
    let upload = hexadecimalID(1_000 + number)
    let action = TakeSnapshot(
      uploadID: upload,
      series: "",
      step: 0,
      holdIDs: false,
      isForced: true,
      timelineMilliseconds: timelineMilliseconds,
      timelineHasStacks: true
    )
    send(
      Command(
        id: hexadecimalID(number),
        targetID: target.id,
        deadline: .max,
        action: .takeSnapshot(action)
      )
    )
    let update = try await eventually(within: .seconds(120)) {
      finalUpdate(of: hexadecimalID(number))
    }
    expect(update?.state, equals: .done, "\(String(describing: update))")
    return try #require(try await eventually { blocks(of: upload) }).makeGraph()
  }
}

extension HeapGraph {
  /// How many nodes have this name.
  func count(of name: String) -> Int {
    (0..<nodeCount).count { names[Int(nodeName[$0])] == name }
  }
}

extension [PutBlock] {
  /// What the columns in these blocks say.
  func makeGraph() throws -> HeapGraph {
    let builder = HeapGraphBuilder()
    let decoder = try SnapshotColumnsDecoder(receiver: builder)
    for block in self {
      try decoder.consume(
        EncodedBlock(
          index: block.index,
          kind: block.kind,
          rawByteCount: Int(block.rawSize),
          bytes: block.payload
        )
      )
    }
    try decoder.finish()
    return try builder.makeGraph()
  }
}

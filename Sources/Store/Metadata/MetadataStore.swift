package import Cryptography
package import HeapModel

/// Everything a collector knows beside the bytes of snapshots and the series of numbers.
///
/// Every method that changes something returns when the change would survive a power loss. Lists
/// come in a stable order and by cursor. An implementation may be shared by any number of tasks.
package protocol MetadataStore: FleetDirectory, ActLedger, UploadLedger, AnalysisCatalog,
  FindingCatalog, AuditTrail
{}

/// Marks a change as the effect of one numbered message of one agent.
///
/// The number is committed with the change, and a change whose number the store already has is
/// not made again: so an agent may repeat what was not acknowledged, and nothing counts twice.
package struct SequenceStamp: Hashable, Sendable {
  package var agentID: String
  package var sequence: UInt64

  package init(agentID: String, sequence: UInt64) {
    self.agentID = agentID
    self.sequence = sequence
  }
}

/// Agents and their targets.
package protocol FleetDirectory: Sendable {
  func saveAgent(_ agent: AgentRecord) async throws(StoreError)
  func agents() async throws(StoreError) -> [AgentRecord]

  /// The number of the last change of this agent that is committed here; 0 before the first.
  func lastSequence(of agentID: String) async throws(StoreError) -> UInt64

  /// Takes an agent's whole inventory: what it does not list of its targets is gone.
  ///
  /// - Returns: false if the store already had this message.
  func saveInventory(
    _ targets: [TargetDescription],
    at time: UnixNanoseconds,
    stamp: SequenceStamp
  ) async throws(StoreError) -> Bool

  /// Targets in the order of their ids.
  func targets(
    _ filter: TargetFilter,
    after cursor: TargetID?,
    limit: Int
  ) async throws(StoreError) -> [TargetRecord]

  /// Adds to what was lost, by reason.
  func saveDrops(
    _ drops: [DropRecord],
    stamp: SequenceStamp
  ) async throws(StoreError) -> Bool
  /// Adds what the collector itself found missing or threw away.
  func addDrop(_ drop: DropRecord) async throws(StoreError)
  /// All that was ever lost, by reason.
  func drops() async throws(StoreError) -> [DropRecord]
}

/// What was asked of targets, and what became of it.
package protocol ActLedger: Sendable {
  /// Writes a new request down with its acts.
  ///
  /// - Returns: false, and nothing changed, if there is a request by this id.
  func saveRequest(_ request: RequestRecord, acts: [ActRecord]) async throws(StoreError) -> Bool
  func request(_ id: String) async throws(StoreError) -> RequestRecord?
  func closeRequest(_ id: String) async throws(StoreError)

  /// Writes acts as they are now, new ones too, and notes the messages that led to it.
  func saveActs(
    _ acts: [ActRecord],
    stamps: [SequenceStamp]
  ) async throws(StoreError)

  func acts(of requestID: String) async throws(StoreError) -> [ActRecord]
  /// The acts that have not come to an end, in the order of their ids.
  func openActs() async throws(StoreError) -> [ActRecord]
  /// The requests that have not come to an end.
  func openRequests() async throws(StoreError) -> [RequestRecord]
  /// Forgets closed requests from before a time, with their acts.
  func forgetRequests(before time: UnixNanoseconds) async throws(StoreError)
}

/// Snapshots and profiles: what has come of each, block by block.
package protocol UploadLedger: Sendable {
  /// Writes a new upload down. One by this id stays as it is and is returned.
  func beginUpload(_ upload: UploadRecord) async throws(StoreError) -> UploadRecord
  func upload(_ id: String) async throws(StoreError) -> UploadRecord?

  /// Adds the next block. The blob must be durable before.
  ///
  /// - Returns: the upload with the block.
  /// - Throws: `.conflict` unless the upload is running and the block is the next one.
  func addBlock(
    _ block: BlockRecord,
    to uploadID: String,
    at time: UnixNanoseconds
  ) async throws(StoreError) -> UploadRecord

  /// The blocks from an index on, in order.
  func blocks(
    of uploadID: String,
    from index: UInt32,
    limit: Int
  ) async throws(StoreError) -> [BlockRecord]

  /// Gives a running upload its final state and figures.
  ///
  /// - Returns: the upload as it is now; one that had a final state keeps it.
  func endUpload(_ upload: UploadRecord) async throws(StoreError) -> UploadRecord

  /// Uploads, newest first, with their targets.
  func uploads(
    _ filter: UploadFilter,
    before cursor: UploadCursor?,
    limit: Int
  ) async throws(StoreError) -> [UploadOfTarget]

  /// Running uploads that nothing was heard of since a time.
  func staleUploads(before time: UnixNanoseconds) async throws(StoreError) -> [UploadRecord]
  /// Forgets the blocks of an upload that will never be whole; the upload stays listed.
  func removeBlocks(of uploadID: String) async throws(StoreError)

  /// Whether a block or an answer needs this blob.
  func isReferenced(_ blob: Digest) async throws(StoreError) -> Bool
  func counts() async throws(StoreError) -> StoreCounts
}

package struct StoreCounts: Hashable, Sendable {
  package var agents: Int
  /// Targets that are not gone.
  package var targets: Int
  /// Complete snapshots.
  package var snapshots: Int
  /// Of all blocks, as stored.
  package var storedBytes: UInt64

  package init(agents: Int, targets: Int, snapshots: Int, storedBytes: UInt64) {
    self.agents = agents
    self.targets = targets
    self.snapshots = snapshots
    self.storedBytes = storedBytes
  }
}

/// What analysis said of snapshots.
package protocol AnalysisCatalog: Sendable {
  func saveAnalysis(_ analysis: AnalysisRecord) async throws(StoreError)
  func analysis(of snapshotID: String) async throws(StoreError) -> AnalysisRecord?
}

/// Leaks, where they were seen, and what was examined.
package protocol FindingCatalog: Sendable {
  /// Writes an examination down, and its findings: one whose fingerprint is known keeps when it
  /// was first seen.
  func saveExamination(
    _ examination: ExaminationRecord,
    findings: [FindingRecord]
  ) async throws(StoreError)
  func examination(
    of targetID: TargetID,
    snapshotIDs: [String],
    version: UInt32
  ) async throws(StoreError) -> ExaminationRecord?
  func findings(_ fingerprints: [String]) async throws(StoreError) -> [FindingRecord]
}

/// Who did what.
///
/// Only ever added to.
package protocol AuditTrail: Sendable {
  func audit(_ record: AuditRecord) async throws(StoreError)
  /// The newest records, newest first.
  func auditTrail(limit: Int) async throws(StoreError) -> [AuditRecord]
}

internal import FleetProtocol
internal import HeapModel
internal import Testing

/// A message of the contract by name, for tests that treat all of them alike.
struct AnyMessage: Sendable, CustomTestStringConvertible {
  let name: String
  let decode: @Sendable ([UInt8]) throws -> any FleetMessage
  /// Decodes and encodes again.
  let roundTrip: @Sendable ([UInt8]) throws -> [UInt8]

  init<Message: FleetMessage>(_ name: String, _ type: Message.Type) {
    self.name = name
    decode = { try Message(decoding: $0) }
    roundTrip = { try Message(decoding: $0).encoded() }
  }

  var testDescription: String { name }

  /// Every message that may stand alone on the wire or in a block.
  static let all: [AnyMessage] = [
    AnyMessage("Target", TargetDescription.self),
    AnyMessage("UsagePoints", UsagePoints.self),
    AnyMessage("CollectionPoints", CollectionPoints.self),
    AnyMessage("Epoch", IdentityEpoch.self),
    AnyMessage("Drop", Drop.self),
    AnyMessage("Profile", ProfilePart.self),
    AnyMessage("AgentMessage", AgentMessage.self),
    AnyMessage("CollectorMessage", CollectorMessage.self),
    AnyMessage("Hello", Hello.self),
    AnyMessage("Welcome", Welcome.self),
    AnyMessage("Refusal", Refusal.self),
    AnyMessage("Inventory", Inventory.self),
    AnyMessage("Readings", Readings.self),
    AnyMessage("Drops", Drops.self),
    AnyMessage("ScheduledSnapshot", ScheduledSnapshot.self),
    AnyMessage("Acknowledgement", Acknowledgement.self),
    AnyMessage("Command", Command.self),
    AnyMessage("TakeSnapshot", TakeSnapshot.self),
    AnyMessage("CollectGarbage", CollectGarbage.self),
    AnyMessage("Sample", Sample.self),
    AnyMessage("EndSeries", EndSeries.self),
    AnyMessage("Measure", Measure.self),
    AnyMessage("Measurement", Measurement.self),
    AnyMessage("Census", Census.self),
    AnyMessage("MeasureRequest", MeasureRequest.self),
    AnyMessage("ReadMeasurementRequest", ReadMeasurementRequest.self),
    AnyMessage("CommandUpdate", CommandUpdate.self),
    AnyMessage("BeginUpload", BeginUpload.self),
    AnyMessage("PutBlock", PutBlock.self),
    AnyMessage("CommitUpload", CommitUpload.self),
    AnyMessage("UploadPosition", UploadPosition.self),
    AnyMessage("Choice", Choice.self),
    AnyMessage("StatusRequest", StatusRequest.self),
    AnyMessage("StatusReply", StatusReply.self),
    AnyMessage("ListTargetsRequest", ListTargetsRequest.self),
    AnyMessage("ListTargetsReply", ListTargetsReply.self),
    AnyMessage("TargetRow", TargetRow.self),
    AnyMessage("ReadSeriesRequest", ReadSeriesRequest.self),
    AnyMessage("ReadSeriesReply", ReadSeriesReply.self),
    AnyMessage("ListSnapshotsRequest", ListSnapshotsRequest.self),
    AnyMessage("ListSnapshotsReply", ListSnapshotsReply.self),
    AnyMessage("SnapshotRow", SnapshotRow.self),
    AnyMessage("CaptureRequest", CaptureRequest.self),
    AnyMessage("CollectRequest", CollectRequest.self),
    AnyMessage("SampleWindowRequest", SampleWindowRequest.self),
    AnyMessage("TargetEvent", TargetEvent.self),
    AnyMessage("ReadProfileRequest", ReadProfileRequest.self),
    AnyMessage("ProfileReply", ProfileReply.self),
    AnyMessage("ReadAnalysisRequest", ReadAnalysisRequest.self),
    AnyMessage("ReadAnalysisReply", ReadAnalysisReply.self),
    AnyMessage("AnalysisTotals", AnalysisTotals.self),
    AnyMessage("ClassRow", ClassRow.self),
    AnyMessage("ObjectRow", ObjectRow.self),
    AnyMessage("FindLeaksRequest", FindLeaksRequest.self),
    AnyMessage("FindLeaksReply", FindLeaksReply.self),
    AnyMessage("LeakFinding", LeakFinding.self),
    AnyMessage("SourcePosition", SourcePosition.self),
    AnyMessage("LeakSite", LeakSite.self),
    AnyMessage("FindObjectsRequest", FindObjectsRequest.self),
    AnyMessage("FindObjectsReply", FindObjectsReply.self),
    AnyMessage("FindPathsRequest", FindPathsRequest.self),
    AnyMessage("FindPathsReply", FindPathsReply.self),
    AnyMessage("FoundPath", FoundPath.self),
    AnyMessage("NativeContexts", NativeContexts.self),
    AnyMessage("NativeContext", NativeContext.self),
    AnyMessage("FoundClass", FoundClass.self),
    AnyMessage("FoundObject", FoundObject.self),
    AnyMessage("CompareRequest", CompareRequest.self),
    AnyMessage("CompareReply", CompareReply.self),
    AnyMessage("ClassDelta", ClassDelta.self),
    AnyMessage("CompareFleetRequest", CompareFleetRequest.self),
    AnyMessage("CompareFleetReply", CompareFleetReply.self),
    AnyMessage("FleetClassRow", FleetClassRow.self),
    AnyMessage("ReadBlocksRequest", ReadBlocksRequest.self),
    AnyMessage("Block", Block.self),
  ]
}

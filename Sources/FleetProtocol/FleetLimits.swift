/// The maxima of the contract, which a reader enforces before it builds a value.
///
/// A writer never passes them: `encoded()` cuts texts and lists to what is allowed here, so whoever
/// must not lose the rest splits it over several messages first.
package enum FleetLimits {
  /// Bytes of one message on the wire.
  package static let message = 2 << 20
  /// Bytes of one page of an answer.
  package static let page = 1 << 20
  /// Bytes of a block before compression.
  package static let block = 1 << 20
  /// Bytes of a block's zstd frame: what does not compress becomes a little larger.
  package static let payload = block + block / 128
  /// Bytes of a text, unless another maximum is stated.
  package static let text = 2_048
  /// Bytes of a class's key.
  package static let classKey = 4_096

  /// Targets of an inventory, and lists of readings beside it.
  package static let targets = 1_024
  /// Readings of one target in one message.
  package static let usagePoints = 1_024
  package static let heapSpaces = 64
  package static let collectionPoints = 4_096
  package static let anchors = 64
  package static let dropReasons = 64
  /// Commands in each list of a hello.
  package static let commands = 1_024

  package static let profileFrames = 100_000
  package static let profileNodes = 1_000_000
  package static let profiles = 1_024

  /// Targets or snapshots on one page.
  package static let rows = 1_024
  /// Classes on one page.
  package static let classes = 8_192
  package static let largestObjects = 256
  package static let nativeContexts = 256
  /// Classes outside the engine's heap.
  package static let nativeClasses = 256
  /// Kinds of what a snapshot does not tell.
  package static let untoldFacts = 64
  /// Conditions of one question for objects.
  package static let conditions = 64
  package static let findings = 256
  package static let notes = 256
  package static let sites = 1_024
  package static let steps = 64
  package static let pathSteps = 64
  /// Classes that grew with a leak.
  package static let companions = 64
  package static let analysisWaitMilliseconds = 60_000
  package static let sampledStackDepth = 128
}

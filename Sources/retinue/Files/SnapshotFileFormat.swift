/// The forms in which a snapshot is written to a file.
enum SnapshotFileFormat: String, CaseIterable {
  /// For Chrome DevTools: V8's own text as it was, other engines' heaps as V8 would write them.
  case heapsnapshot
  /// The engine's own text, equal to what it wrote; SpiderMonkey's snapshots are no text, and there
  /// is no way back to them.
  case engine
  /// Our columns, as they travel and rest: a tenth of the text.
  case native
}

/// Metadata in the embedded database, each part in an extension of its own.
package struct SQLiteMetadataStore: MetadataStore {
  let database: SQLiteDatabase

  init(_ database: SQLiteDatabase) {
    self.database = database
  }
}

/// The parts of the database that number an agent's messages, each for its own tables.
enum SequencedPart: String {
  case metadata
  case series
}

extension SQLiteConnection {
  func lastSequence(of agentID: String, in part: SequencedPart) throws(StoreError) -> UInt64 {
    try first(
      "SELECT sequence FROM agent_sequence WHERE agent = ? AND part = ?",
      [agentID, part.rawValue]
    ) { (row: borrowing SQLiteRow) in row.unsigned(0) } ?? 0
  }

  /// Notes the number of a message in the transaction that makes its change.
  ///
  /// - Returns: false if the message was committed before, and must not be taken again.
  func take(_ stamp: SequenceStamp, in part: SequencedPart) throws(StoreError) -> Bool {
    try run(
      """
      INSERT INTO agent_sequence (agent, part, sequence) VALUES (?, ?, ?)
      ON CONFLICT (agent, part) DO UPDATE SET sequence = excluded.sequence
      WHERE sequence < excluded.sequence
      """,
      stamp.agentID,
      part.rawValue,
      stamp.sequence
    )
    return changedRowCount == 1
  }
}

internal import FleetProtocol

extension CollectorClient {
  /// Every target of the choice, over all pages.
  func targets(_ choice: Choice, includeGone: Bool = false) async throws -> [TargetRow] {
    var request = ListTargetsRequest(choice: choice, includeGone: includeGone)
    return try await pages { cursor in
      request.cursor = cursor
      let page = try await ask(FleetMethods.Queries.listTargets, request)
      return (page.rows, page.nextCursor)
    }
  }

  /// Every snapshot of the choice, newest first.
  func snapshots(_ choice: Choice, series: String = "") async throws -> [SnapshotRow] {
    var request = ListSnapshotsRequest(choice: choice, series: series)
    return try await pages { cursor in
      request.cursor = cursor
      let page = try await ask(FleetMethods.Queries.listSnapshots, request)
      return (page.rows, page.nextCursor)
    }
  }

  /// A snapshot's id from its beginning.
  func snapshotID(beginningWith text: String) async throws -> String {
    if text.utf8.count == 32 { return text }
    return try ShortID.only(
      of: try await snapshots(.selector("")).map(\.id),
      beginningWith: text,
      called: "snapshot"
    )
  }

  /// Asks for page after page until there is no other.
  ///
  /// A collector that answers with the cursor it was asked with would never end: that is an error.
  func pages<Row>(
    _ page: (_ cursor: String) async throws -> (rows: [Row], next: String)
  ) async throws -> [Row] {
    var rows: [Row] = []
    var cursor = ""
    repeat {
      let answer = try await page(cursor)
      rows += answer.rows
      guard answer.next.isEmpty || answer.next != cursor else {
        throw ClientError("the collector's pages do not end")
      }
      cursor = answer.next
    } while !cursor.isEmpty
    return rows
  }
}

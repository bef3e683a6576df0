/// Puts together V8's sections `scopes`, `scope_context_vars` and `scope_uses`.
final class ScopeTablesBuilder {
  private enum Part {
    case scopes(script: Int, identifier: Int, depth: Int, variables: Int, uses: Int)
    case variables(name: Int)
    case uses(scope: Int, slot: Int)
  }

  private struct Row {
    let script: Int64
    let identifier: Int64
    let depth: Int64
    let variableCount: Int64
    let useCount: Int64
  }

  private var part: Part?
  private var isTold = false
  private var rows: [Row] = []
  private var variables: [Int64] = []
  private var uses: [ScopeTables.Use] = []
  /// What a script's ordinal is multiplied with in these sections.
  private var stride = 1

  /// A section begins; of those that are none of ours nothing is taken.
  func begin(_ section: SnapshotSection) {
    func column(_ name: String) -> Int? { section.fields.firstIndex { $0.name == name } }
    part = nil
    if section.role == .nodes { stride = max(section.fields.count, 1) }
    guard section.content == .rows else { return }
    switch section.name {
    case "scopes":
      guard let script = column("script_node_index"), let identifier = column("scope_id"),
        let depth = column("depth"), let variables = column("scope_context_vars_count"),
        let uses = column("scope_uses_count")
      else { return }
      isTold = true
      part = .scopes(
        script: script,
        identifier: identifier,
        depth: depth,
        variables: variables,
        uses: uses
      )
    case "scope_context_vars":
      part = column("name").map { .variables(name: $0) }
    case "scope_uses":
      guard let scope = column("declaring_scope_id"), let slot = column("slot_index") else {
        return
      }
      part = .uses(scope: scope, slot: slot)
    default: return
    }
  }

  func add(_ batch: ColumnBatch) {
    switch part {
    case .scopes(let script, let identifier, let depth, let variables, let uses):
      for row in 0..<batch.rowCount {
        rows.append(
          Row(
            script: batch.column(script)[row],
            identifier: batch.column(identifier)[row],
            depth: batch.column(depth)[row],
            variableCount: batch.column(variables)[row],
            useCount: batch.column(uses)[row]
          )
        )
      }
    case .variables(let name):
      variables += batch.column(name)
    case .uses(let scope, let slot):
      let (scopes, slots) = (batch.column(scope), batch.column(slot))
      for row in 0..<batch.rowCount {
        uses.append(ScopeTables.Use(declaringScope: scopes[row], slot: slots[row]))
      }
    case nil: return
    }
  }

  /// - Returns: nil where the snapshot has no scopes.
  /// - Throws: `malformed` where the tables do not fit together.
  func makeTables(nodeCount: Int, nameCount: Int) throws(SnapshotError) -> ScopeTables? {
    guard isTold else { return nil }
    var scopes: [ScopeTables.Scope] = []
    var (variable, use) = (0, 0)
    for row in rows {
      let variables = try Self.range(from: variable, row.variableCount, of: self.variables.count)
      let uses = try Self.range(from: use, row.useCount, of: self.uses.count)
      (variable, use) = (variables.upperBound, uses.upperBound)
      // Of a script that is no object here nothing can be alive.
      guard row.script >= 0, row.script / Int64(stride) < nodeCount else { continue }
      scopes.append(
        ScopeTables.Scope(
          script: UInt32(row.script / Int64(stride)),
          identifier: row.identifier,
          depth: Int(max(row.depth, 0)),
          variables: variables,
          uses: uses
        )
      )
    }
    return ScopeTables(scopes: scopes, variables: try names(nameCount), uses: uses)
  }

  private func names(_ nameCount: Int) throws(SnapshotError) -> [UInt32] {
    var names: [UInt32] = []
    for name in variables {
      guard name >= 0, name < nameCount, let number = UInt32(exactly: name) else {
        throw SnapshotError(.malformed, "a variable with name \(name) of \(nameCount)")
      }
      names.append(number)
    }
    return names
  }

  private static func range(
    from start: Int,
    _ count: Int64,
    of whole: Int
  ) throws(SnapshotError) -> Range<Int> {
    guard count >= 0, count <= whole - start else {
      throw SnapshotError(.malformed, "a scope with \(count) rows of \(whole - start)")
    }
    return start..<start + Int(count)
  }
}

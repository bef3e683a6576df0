internal import HeapModel

/// The scopes of all scripts, each with its variables and who reads them.
struct ScopeForest {
  struct Key: Hashable {
    let script: UInt32
    let scope: Int64
  }

  struct Variable {
    let name: UInt32
    /// Numbers of scopes.
    var readers: [Int] = []
  }

  private(set) var keys: [Key] = []
  private(set) var parents: [Int?] = []
  private(set) var variables: [[Variable]] = []
  private(set) var numbers: [Key: Int] = [:]
  private(set) var scripts: Set<UInt32> = []

  init(_ tables: ScopeTables, _ names: StringTable) {
    var open: [Int] = []
    for (number, row) in tables.scopes.enumerated() {
      let key = Key(script: row.script, scope: row.identifier)
      if let last = keys.last, last.script != row.script { open.removeAll() }
      parents.append(row.depth > 0 && row.depth <= open.count ? open[row.depth - 1] : nil)
      if row.depth < open.count { open.removeLast(open.count - row.depth) }
      open.append(number)
      keys.append(key)
      variables.append(tables.variables[row.variables].map { Variable(name: $0) })
      numbers[key] = number
      scripts.insert(row.script)
    }
    for row in tables.scopes {
      guard let reader = numbers[Key(script: row.script, scope: row.identifier)] else { continue }
      for use in tables.uses[row.uses] {
        guard let owner = numbers[Key(script: row.script, scope: use.declaringScope)],
          let slot = Int(exactly: use.slot), variables[owner].indices.contains(slot),
          variables[owner][slot].readers.last != reader
        else { continue }
        variables[owner][slot].readers.append(reader)
      }
    }
  }
}

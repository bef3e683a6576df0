internal import HeapModel

/// What the ownership walk does at one object.
///
/// Plain pointers and constants: read through the walk itself, each of them would be loaded anew
/// behind every flag that is written, since that may have been anything. They are valid as long as
/// the walk lives.
struct OwnershipVisit {
  private let rowStart: UnsafeMutablePointer<UInt32>
  private let targets: UnsafeMutablePointer<UInt32>
  private let special: Links.SpecialBits
  private let edgeKind: UnsafeMutablePointer<UInt8>
  private let flags: UnsafeMutablePointer<UInt8>
  private let owner: UnsafeMutablePointer<UInt32>
  private let context: UnsafeMutablePointer<UInt16>
  private let movesSizes: Bool
  private let hasContexts: Bool
  private let hasOneContext: Bool

  init(_ walk: borrowing OwnershipWalk, hasOneContext: Bool) {
    rowStart = walk.links.rowStart.base
    targets = walk.links.targets
    special = walk.links.special
    edgeKind = walk.graph.edgeKind.base
    flags = walk.flags.base
    owner = walk.owner.base
    context = walk.context.base
    movesSizes = walk.movesSizes
    hasContexts = walk.hasContexts
    self.hasOneContext = hasOneContext
  }

  /// Passes on what is known of an object to what it refers to.
  ///
  /// - Parameters:
  ///   - last: objects up to this one were visited already and must be visited again when their
  ///     answer changes.
  ///   - openBits: bits of a target that make the walk stop at it.
  @inline(__always)
  func callAsFunction(
    _ node: Int,
    upTo last: Int,
    _ openBits: UInt8,
    _ pending: inout GrowingArray<UInt32>
  ) {
    var edge = Int(rowStart[node])
    let end = Int(rowStart[node &+ 1])
    guard edge < end else { return }

    var mask = openBits
    var nodeOwner = UInt32(truncatingIfNeeded: node)
    if movesSizes, flags[node] & NodeFlags.ownable != 0 {
      nodeOwner = owner[node]
      if nodeOwner == OwnershipWalk.noOwner { mask &= ~NodeFlags.ownerOpen }
    }
    var nodeContext = OwnershipWalk.noContext
    if hasContexts { nodeContext = context[node] }
    if nodeContext == OwnershipWalk.noContext { mask &= ~NodeFlags.contextOpen }
    guard mask != 0 else { return }

    while edge < end {
      let target = Int(targets[edge])
      let open = flags[target] & mask
      if open != 0, settle(target, open, edge, nodeOwner, nodeContext, isSelf: target == node),
        target <= last
      {
        pending.append(UInt32(truncatingIfNeeded: target))
      }
      edge &+= 1
    }
  }

  /// Answers whether the target has another owner or context now.
  @inline(__always)
  private func settle(
    _ target: Int,
    _ open: UInt8,
    _ edge: Int,
    _ nodeOwner: UInt32,
    _ nodeContext: UInt16,
    isSelf: Bool
  ) -> Bool {
    if open & NodeFlags.countsReferences != 0 { countReference(to: target) }
    var isShortcut = false
    if special[edge] {
      let kind = edgeKind[edge]
      if kind == EdgeKind.weak.rawValue { return false }
      isShortcut = kind == EdgeKind.shortcut.rawValue
    }
    var hasChanged = false
    if open & NodeFlags.ownerOpen != 0 {
      hasChanged = give(target, owner: nodeOwner)
    }
    if open & NodeFlags.contextOpen != 0, !isShortcut, !isSelf {
      hasChanged = give(target, context: nodeContext) || hasChanged
    }
    return hasChanged
  }

  /// The second reference settles it: there is not just one.
  @inline(__always)
  private func countReference(to elements: Int) {
    if flags[elements] & NodeFlags.referredTo == 0 {
      flags[elements] |= NodeFlags.referredTo
    } else {
      flags[elements] &= ~NodeFlags.countsReferences
    }
  }

  @inline(__always)
  private func give(_ target: Int, owner nodeOwner: UInt32) -> Bool {
    let current = owner[target]
    if current == OwnershipWalk.noOwner {
      owner[target] = nodeOwner
      if nodeOwner == OwnershipWalk.severalOwners { flags[target] &= ~NodeFlags.ownerOpen }
      return true
    }
    guard current != nodeOwner else { return false }
    owner[target] = OwnershipWalk.severalOwners
    flags[target] &= ~NodeFlags.ownerOpen
    return true
  }

  @inline(__always)
  private func give(_ target: Int, context nodeContext: UInt16) -> Bool {
    let current = context[target]
    if current == OwnershipWalk.noContext {
      context[target] = nodeContext
      if nodeContext == OwnershipWalk.severalContexts || hasOneContext {
        flags[target] &= ~NodeFlags.contextOpen
      }
      return true
    }
    guard current != nodeContext else { return false }
    context[target] = OwnershipWalk.severalContexts
    flags[target] &= ~NodeFlags.contextOpen
    return true
  }
}

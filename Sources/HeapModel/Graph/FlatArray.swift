/// Numbers in one block of memory with one owner, filled once and then only read.
///
/// It exists beside `Array` for the arrays of a heap graph: they are hundreds of megabytes, grow
/// while a snapshot arrives, are never copied, and are read from inner loops, where the
/// uniqueness checks and zero-filling of `Array` would cost as much as the work.
/// Sharing between threads is safe once filling has ended. The properties are not checked for
/// exclusive access at run time: nothing here calls out while it changes one, and the check would
/// cost more than an append.
@usableFromInline package final class FlatArray<Element: BitwiseCopyable>: @unchecked Sendable {
  @exclusivity(unchecked) @usableFromInline
  package internal(set) var base: UnsafeMutablePointer<Element>
  @exclusivity(unchecked) @usableFromInline package internal(set) var count: Int
  @exclusivity(unchecked) @usableFromInline package internal(set) var capacity: Int
  private var block: MemoryBlock
  private let memory: (any GraphMemory)?

  /// Reserves memory without touching it.
  ///
  /// The caller has checked `capacity` against a limit.
  ///
  /// - Parameter memory: where it is from; nil for the system.
  package init(capacity: Int, memory: (any GraphMemory)? = nil) {
    self.capacity = max(capacity, 16)
    self.count = 0
    self.memory = memory
    block = memory.takeBlock(byteCount: self.capacity * MemoryLayout<Element>.stride)
    base = block.address.bindMemory(to: Element.self, capacity: self.capacity)
  }

  package convenience init(repeating element: Element, count: Int) {
    self.init(capacity: count)
    base.initialize(repeating: element, count: count)
    self.count = count
  }

  package convenience init(_ elements: some Collection<Element>) {
    self.init(capacity: elements.count)
    for element in elements { append(element) }
  }

  deinit {
    memory.giveBack(block)
  }

  @inlinable package subscript(index: Int) -> Element {
    get {
      precondition(index >= 0 && index < count)
      return base[index]
    }
    set {
      precondition(index >= 0 && index < count)
      base[index] = newValue
    }
  }

  /// The elements, valid as long as the array lives and is not grown.
  @inlinable package var elements: UnsafeMutableBufferPointer<Element> {
    UnsafeMutableBufferPointer(start: base, count: count)
  }

  @inlinable package func append(_ element: Element) {
    reserve(1)
    base[count] = element
    count += 1
  }

  /// Inserts an element in front of `index`; moves everything behind it.
  package func insert(_ element: Element, at index: Int) {
    precondition(index >= 0 && index <= count)
    reserve(1)
    (base + index + 1).update(from: base + index, count: count - index)
    base[index] = element
    count += 1
  }

  /// Grows by `additional` elements of undefined content and returns the place for them, which
  /// the caller fills whole before the next call.
  @inlinable package func grow(by additional: Int) -> UnsafeMutablePointer<Element> {
    precondition(additional >= 0)
    reserve(additional)
    let place = base + count
    count += additional
    return place
  }

  /// Forgets the elements behind the first `kept`; keeps the memory.
  package func truncate(to kept: Int) {
    precondition(kept >= 0 && kept <= count)
    count = kept
  }

  /// Forgets the elements, and gives back memory beyond `keepingCapacity` elements.
  package func removeAll(keepingCapacity kept: Int) {
    count = 0
    guard capacity > kept else { return }
    move(toCapacity: max(kept, 16))
  }

  @inlinable func reserve(_ additional: Int) {
    if count + additional > capacity { enlarge(by: additional) }
  }

  @usableFromInline func enlarge(by additional: Int) {
    move(toCapacity: max(capacity + capacity / 2, count + additional))
  }

  private func move(toCapacity newCapacity: Int) {
    let newBlock = memory.takeBlock(byteCount: newCapacity * MemoryLayout<Element>.stride)
    let newBase = newBlock.address.bindMemory(to: Element.self, capacity: newCapacity)
    newBase.update(from: base, count: count)
    memory.giveBackOutgrown(block)
    block = newBlock
    base = newBase
    capacity = newCapacity
  }
}

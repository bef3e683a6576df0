internal import HeapModel

/// Which sessions of a connection lead to which heaps, and through which other heaps.
///
/// One session serves a heap. Further ones with the same heap are spares: one of them serves when
/// that is gone. A session whose engine crashed is remembered, since it leads to the next engine.
struct HeapPlaces: Sendable {
  /// No runtime has so many heaps that are worth watching; further ones are passed over.
  private static let limit = 256

  /// A heap, and the one that carries its messages.
  struct Place: Sendable {
    var heap: HeapIntroduction
    let carrier: HeapNumber
  }

  enum OnAppearance: Hashable {
    /// A heap that is served by this session from now on.
    case new(HeapNumber)
    /// The session is known, or another one serves the heap.
    case alreadyReached
    case tooMany
  }

  /// Whose messages these are: ids of enclosed sessions are unique in the heap that carries them.
  private struct Address: Hashable {
    let session: String
    let carrier: HeapNumber

    /// Nil for the heap that was connected to.
    init?(_ channel: HeapChannel, by carrier: HeapNumber) {
      switch channel {
      case .own: return nil
      case .flat(let session): self.init(session: session, carrier: .main)
      case .enclosed(let session): self.init(session: session, carrier: carrier)
      }
    }

    private init(session: String, carrier: HeapNumber) {
      self.session = session
      self.carrier = carrier
    }
  }

  private var places: [HeapNumber: Place] = [:]
  private var numbers: [Address: HeapNumber] = [:]
  private var spares: [Place] = []
  private var crashed: [String: Place] = [:]
  private var lastNumber: UInt32 = 0

  subscript(_ heap: HeapNumber) -> Place? { places[heap] }

  /// Whether there is a heap of this kind (`HeapIntroduction.kind`).
  func contains(kind: String) -> Bool {
    places.values.contains { $0.heap.kind == kind }
  }

  func number(of channel: HeapChannel, by carrier: HeapNumber) -> HeapNumber? {
    Address(channel, by: carrier).flatMap { numbers[$0] }
  }

  /// - Parameter session: of either kind
  func number(of session: String, by carrier: HeapNumber) -> HeapNumber? {
    number(of: .enclosed(session: session), by: carrier)
      ?? number(of: .flat(session: session), by: carrier)
  }

  func numbers(of identity: String) -> [HeapNumber] {
    places.filter { $0.value.heap.identity == identity }.keys.sorted()
  }

  func carried(by carrier: HeapNumber) -> [HeapNumber] {
    places.filter { $0.value.carrier == carrier }.keys.sorted()
  }
}

/// What the inspector tells of sessions and heaps.
extension HeapPlaces {
  mutating func appeared(_ heap: HeapIntroduction, by carrier: HeapNumber) -> OnAppearance {
    guard let address = Address(heap.channel, by: carrier), numbers[address] == nil else {
      return .alreadyReached
    }
    guard places.count < Self.limit else { return .tooMany }
    let place = Place(heap: heap, carrier: carrier)
    guard isReached(heap) == false else {
      if spares.count < Self.limit { spares.append(place) }
      return .alreadyReached
    }
    lastNumber += 1
    let number = HeapNumber(rawValue: lastNumber)
    numbers[address] = number
    places[number] = place
    return .new(number)
  }

  /// The session leads to nothing any more.
  ///
  /// The heap that it serves keeps its place until it is removed.
  mutating func ended(session: String) {
    crashed[session] = nil
    spares.removeAll { $0.heap.channel.session == session }
  }

  /// No further session leads to this heap, and none to one that follows it.
  mutating func destroyed(identity: String) {
    crashed = crashed.filter { $0.value.heap.identity != identity }
    removeSpares(of: identity)
  }

  mutating func removeSpares(of identity: String) {
    spares.removeAll { $0.heap.identity == identity }
  }

  /// The engine is gone, and the session leads to the next one at the same place.
  mutating func crashed(_ heap: HeapNumber) {
    guard let place = places[heap], let session = place.heap.channel.session,
      crashed.count < Self.limit
    else { return }
    crashed[session] = place
  }

  /// What a session leads to whose engine had crashed; nil where none had.
  mutating func revived(session: String) -> Place? {
    crashed.removeValue(forKey: session)
  }

  /// - Returns: the heaps that were called something else until now.
  mutating func retitle(identity: String, _ title: String) -> [HeapNumber] {
    let renamed = numbers(of: identity).filter { places[$0]?.heap.title != title }
    for number in renamed { places[number]?.heap.title = title }
    return renamed
  }

  /// The session that served this heap is over.
  mutating func remove(_ heap: HeapNumber) {
    places[heap] = nil
    numbers = numbers.filter { $0.value != heap }
    spares.removeAll { $0.carrier == heap }
  }

  /// A session with a heap that none serves any more; it is no spare from now on.
  mutating func takeSpare() -> Place? {
    spares.firstIndex { isReached($0.heap) == false }.map { spares.remove(at: $0) }
  }

  /// Whether a session serves this heap already.
  private func isReached(_ heap: HeapIntroduction) -> Bool {
    heap.identity.isEmpty == false && places.values.contains { $0.heap.identity == heap.identity }
  }
}

internal import HeapModel

/// Tells which heaps of a connection are one and the same.
///
/// Two pages of one site can live in one isolate; a snapshot of either is of both. The first that
/// was seen is the host and is asked; the others are guests, with no capabilities of their own,
/// until the host is gone or one of them is loaded into another isolate.
struct SharedHeaps: Sendable {
  static let detail = "it shares the heap of another page, which is listed beside it"

  private var guests: Set<HeapNumber> = []

  var isEmpty: Bool { guests.isEmpty }

  func isGuest(_ heap: HeapNumber) -> Bool {
    guests.contains(heap)
  }

  /// Takes note of the isolates of all heaps with a session.
  ///
  /// - Returns: those that have become guests, or have ceased to be.
  mutating func settle(_ isolates: [HeapNumber: String]) -> Set<HeapNumber> {
    var hosted: Set<String> = []
    var now: Set<HeapNumber> = []
    for (number, isolate) in isolates.sorted(by: { $0.key < $1.key }) where isolate.isEmpty == false
    {
      if hosted.insert(isolate).inserted == false { now.insert(number) }
    }
    defer { guests = now }
    return guests.symmetricDifference(now)
  }
}

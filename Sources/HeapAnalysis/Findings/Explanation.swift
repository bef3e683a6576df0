/// The first sentence of a finding, which is the same whatever rule explains it, and what its
/// certainty rests on.
struct Explanation {
  enum Holder {
    case object(className: String, owner: String?)
    /// Many objects of one class, with a few each.
    case many(count: Int, owner: String?)
    /// Several ways lead to them.
    case several(owner: String?)
    /// A Map or a Set that the snapshot does not name, and which it probably is.
    case unknownCollection(CollectionEstimate?)
    case debugger
  }

  let className: String
  let objectsPerStep: [Int]
  let bytesPerStep: [UInt64]
  let holder: Holder
  let isComparedByID: Bool

  var text: String {
    let counts = Self.list(objectsPerStep.map { "+" + Self.grouped($0) })
    let bytes = Self.list(bytesPerStep.map { Self.size($0) })
    let method =
      isComparedByID
      ? "" : " Ids do not hold over these snapshots, so classes were counted."
    return "\(className) grew in every step (\(counts) objects, \(bytes)) \(held).\(method)"
  }

  /// What tells that it grew, then what tells the shape.
  func evidence(with shape: String) -> String {
    let growth =
      switch holder {
      case _ where !isComparedByID: "Objects were counted by class, since ids do not hold"
      case .object("context", _):
        "The variables of one call, the same in every snapshot, gained them in every step"
      case .object(let className, _):
        "One \(className), the same object in every snapshot, gained them in every step"
      case .many(let count, _):
        "\(Self.grouped(count)) holders gained a few each, told by ids; none gained enough by itself"
      case .several, .unknownCollection(nil):
        "They came and stayed in every step, told by ids; no single object is known to hold them"
      case .unknownCollection(_?):
        "They came and stayed in every step, told by ids; what holds them is an estimate from the"
          + " first entries of Maps and Sets"
      case .debugger: "They came and stayed in every step, told by ids; a debugger holds them"
      }
    return growth + (shape.isEmpty ? "." : "; \(shape).")
  }

  private var held: String {
    switch holder {
    case .object("context", let owner):
      "and is kept by a function's variables" + (owner.map { " in '\($0)'" } ?? "")
    case .object(let className, let owner):
      owner.map { "and is kept by the \(className) in '\($0)'" }
        ?? "and is kept by one \(className)"
    case .many(let count, let owner):
      "and is spread over \(Self.grouped(count)) holders" + (owner.map { " in '\($0)'" } ?? "")
    case .several(let owner):
      owner.map { "and is kept by way of '\($0)'" }
        ?? "and is kept by the engine's roots, not by one object"
    case .unknownCollection(let estimate):
      "and is kept by a Map or a Set: this engine's snapshots do not say by which"
        + (estimate.map { "; \($0.text(forObjects: objectsPerStep.reduce(0, +)))" } ?? "")
    case .debugger:
      "but only a debugger keeps it, not the program"
    }
  }

  private static func list(_ parts: [String]) -> String {
    parts.joined(separator: ", ")
  }

  /// `12,345`.
  static func grouped(_ number: Int) -> String {
    let digits = Array(String(number.magnitude))
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return (number < 0 ? "-" : "") + text
  }

  /// `898 kB`, in powers of 1,000 as the engines' own tools write them.
  static func size(_ bytes: UInt64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"]
    var value = Double(bytes)
    var unit = 0
    while value >= 1_000, unit < units.count - 1 {
      value /= 1_000
      unit += 1
    }
    if unit == 0 || value >= 100 { return "\(Int(value.rounded())) \(units[unit])" }
    let tenths = Int((value * 10).rounded())
    return "\(tenths / 10).\(tenths % 10) \(units[unit])"
  }
}

internal import Quantities

/// What may stand behind an option or as an argument: how it is read, named and completed.
package struct ValueKind<Value: Sendable>: Sendable {
  /// What stands for it in the help: `FILE`, `N`.
  package let placeholder: String
  /// What it is, behind "is not": `a whole number`.
  package let meaning: String
  package let completion: Completion
  package let parse: @Sendable (String) -> Value?
  /// How a value is written, for the default in the help.
  package let show: @Sendable (Value) -> String

  package init(
    placeholder: String,
    meaning: String,
    completion: Completion = .nothing,
    show: @escaping @Sendable (Value) -> String = { "\($0)" },
    parse: @escaping @Sendable (String) -> Value?
  ) {
    self.placeholder = placeholder
    self.meaning = meaning
    self.completion = completion
    self.show = show
    self.parse = parse
  }

  /// The same kind under another placeholder: `.text.named("SELECTOR")`.
  package func named(_ placeholder: String) -> ValueKind {
    ValueKind(
      placeholder: placeholder,
      meaning: meaning,
      completion: completion,
      show: show,
      parse: parse
    )
  }
}

/// What a shell can offer for a value.
package enum Completion: Hashable, Sendable {
  case nothing
  case file
  case folder
  case words([String])
}

extension ValueKind where Value == String {
  /// Any text that is not empty.
  package static var text: ValueKind {
    ValueKind(placeholder: "TEXT", meaning: "a text") { $0.isEmpty ? nil : $0 }
  }

  /// The path of a file.
  package static var file: ValueKind {
    ValueKind(placeholder: "FILE", meaning: "a path", completion: .file) { $0.isEmpty ? nil : $0 }
  }

  /// The path of a folder.
  package static var folder: ValueKind {
    ValueKind(placeholder: "DIR", meaning: "a path", completion: .folder) { $0.isEmpty ? nil : $0 }
  }
}

extension ValueKind where Value == Int {
  /// A whole number.
  package static var integer: ValueKind { integer(in: .min ... .max) }

  /// A whole number in a range.
  package static func integer(in range: ClosedRange<Int>) -> ValueKind {
    let bounds =
      switch (range.lowerBound, range.upperBound) {
      case (.min, .max): ""
      case (let lowest, .max): " of \(lowest) or more"
      case (let lowest, let highest): " from \(lowest) to \(highest)"
      }
    return ValueKind(placeholder: "N", meaning: "a whole number\(bounds)") { text in
      Int(text).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// A number of bytes, such as `128KB`, `4GiB` or `1000`.
  package static var byteSize: ValueKind {
    ValueKind(
      placeholder: "SIZE",
      meaning: "a size such as 128KB, 4GiB or 1000",
      show: ByteSize.text,
      parse: ByteSize.parse
    )
  }
}

extension ValueKind where Value == Double {
  /// A finite number.
  package static var number: ValueKind {
    ValueKind(placeholder: "NUMBER", meaning: "a number") { text in
      Double(text).flatMap { $0.isFinite ? $0 : nil }
    }
  }
}

extension ValueKind where Value == Duration {
  /// A length of time, such as `60s`, `5m` or `1h30m`.
  package static var duration: ValueKind {
    ValueKind(
      placeholder: "TIME",
      meaning: "a time such as 250ms, 60s, 5m or 1h30m",
      show: TimeSpan.text,
      parse: TimeSpan.parse
    )
  }
}

extension ValueKind where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of a few words: the raw values of an enum.
  package static func choice(_ placeholder: String) -> ValueKind {
    let words = Value.allCases.map(\.rawValue)
    return ValueKind(
      placeholder: placeholder,
      meaning: "one of " + words.joined(separator: ", "),
      completion: .words(words),
      show: { $0.rawValue },
      parse: { Value(rawValue: $0) }
    )
  }
}

/// The beginnings of ids that people read and write instead of 32 digits.
enum ShortID {
  /// What tables show: enough that two of one fleet do not meet by chance.
  static func text(_ id: some CustomStringConvertible) -> String {
    String(id.description.prefix(12))
  }

  /// The one id that begins so.
  ///
  /// - Throws: `ClientError` where there is none, or more than one.
  static func only<ID: CustomStringConvertible & Hashable>(
    of ids: some Sequence<ID>,
    beginningWith text: String,
    called kind: String
  ) throws(ClientError) -> ID {
    let found = Set(ids.filter { $0.description.hasPrefix(text) })
    guard let id = found.first else {
      throw ClientError("no \(kind) has an id that begins with \(text)")
    }
    guard found.count == 1 else {
      throw ClientError(
        "\(found.count) \(kind)s have ids that begin with \(text): write more of it"
      )
    }
    return id
  }
}

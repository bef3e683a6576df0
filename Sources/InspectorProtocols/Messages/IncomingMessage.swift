internal import JSONStream

/// One message of an inspector, of either protocol: a reply (`id` and `result` or `error`) or an
/// event (`method` and `params`).
///
/// Trusts nothing: any member may be missing or of the wrong type.
struct IncomingMessage {
  var id: Int64?
  var method: String?
  /// Whose session the message belongs to, where one connection carries several side by side.
  var sessionID: String?
  /// `params` or `result`; null where it was missing, streamed or too large.
  var payload = JSONValue.null
  var failure: ProtocolFailure?
  /// The payload passed a limit and was dropped.
  var isTooLarge = false
  /// Snapshot text was handed on from it.
  var streamedText = false
  var profile: SamplingProfileReader?
  /// A whole message was inside, as a string.
  var hasEnclosure = false

  var reply: Reply {
    if let failure { return .failure(failure) }
    if isTooLarge { return .tooLarge }
    if let profile { return .profile(profile) }
    return .result(payload)
  }
}

/// An answer to one of our calls.
enum Reply {
  case result(JSONValue)
  case profile(SamplingProfileReader)
  case failure(ProtocolFailure)
  case tooLarge
}

/// An error that an inspector answers.
struct ProtocolFailure: Hashable, Sendable {
  var code: Int64
  var message: String

  init(code: Int64, message: String) {
    self.code = code
    self.message = message
  }

  init(_ value: JSONValue) {
    code = value["code"]?.int ?? 0
    message = value["message"]?.string ?? "an error without words"
  }
}

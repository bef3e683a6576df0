/// What can stand behind a key in the log.
///
/// A type that describes itself needs no more than the conformance:
/// `extension TargetID: LogValue {}`. Values of a heap never go to the log.
package protocol LogValue: Sendable {
  var logged: LoggedValue { get }
}

/// A value as the log writes it.
package enum LoggedValue: Hashable, Sendable {
  case text(String)
  case integer(Int64)
  case unsigned(UInt64)
  case number(Double)
  case bool(Bool)
}

extension LogValue where Self: CustomStringConvertible {
  package var logged: LoggedValue { .text(description) }
}

extension LogValue where Self: FixedWidthInteger & SignedInteger {
  package var logged: LoggedValue { .integer(Int64(self)) }
}

extension LogValue where Self: FixedWidthInteger & UnsignedInteger {
  package var logged: LoggedValue { .unsigned(UInt64(self)) }
}

extension Int: LogValue {}
extension Int32: LogValue {}
extension Int64: LogValue {}
extension UInt: LogValue {}
extension UInt8: LogValue {}
extension UInt16: LogValue {}
extension UInt32: LogValue {}
extension UInt64: LogValue {}

extension String: LogValue {
  package var logged: LoggedValue { .text(self) }
}

extension Substring: LogValue {
  package var logged: LoggedValue { .text(String(self)) }
}

extension Double: LogValue {
  package var logged: LoggedValue { .number(self) }
}

extension Bool: LogValue {
  package var logged: LoggedValue { .bool(self) }
}

/// Errors are logged with `"error": LoggedError(error)`.
package struct LoggedError: LogValue {
  package let logged: LoggedValue

  package init(_ error: any Error) {
    logged = .text(String(describing: error))
  }
}

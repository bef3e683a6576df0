internal import Cryptography

/// Ids that the collector gives: 32 random hexadecimal digits.
package enum Identifier {
  package static func make() -> String {
    RandomBytes.make(count: 16).hexadecimal
  }
}

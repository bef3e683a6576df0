internal import Cryptography

/// Ids of requests: asking again with the same one joins the act that runs.
enum RequestID {
  static func make() -> String {
    RandomBytes.make(count: 16).hexadecimal
  }
}

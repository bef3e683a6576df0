internal import Cryptography
internal import Glibc
internal import GRPCTransport
internal import Store

/// What callers on loopback TCP must show: every local user can connect there, but only the
/// collector's own can read the file.
struct AccessToken: Sendable {
  private let header: [UInt8]

  init(_ token: String) {
    header = Array("Bearer \(token)".utf8)
  }

  /// Why a call is refused; nil for one that shows the token.
  func objection(to metadata: Metadata) -> RPCError? {
    guard let shown = metadata["authorization"] else {
      return RPCError(
        .unauthenticated,
        "This collector asks for its token (authorization: Bearer …): it is in the file `token` of "
          + "its data folder."
      )
    }
    guard ConstantTime.areEqual(Array(shown.utf8), header) else {
      return RPCError(.unauthenticated, "The token is not this collector's.")
    }
    return nil
  }
}

/// A copy of the token where programs of the same user find it by the collector's address.
final class TokenCopy: Sendable {
  private let file: String

  /// - Throws: `StoreError` where the folder cannot be made or written.
  init(_ token: String, of address: ListenAddress, in folder: String) throws(StoreError) {
    file = folder + "/token-" + address.description
    mkdir(folder, 0o700)
    unlink(file)
    let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw StoreError(.unavailable, "\(file): \(String(cString: strerror(errno)))")
    }
    defer { close(descriptor) }
    let line = Array((token + "\n").utf8)
    guard write(descriptor, line, line.count) == line.count else {
      throw StoreError(.unavailable, "\(file): \(String(cString: strerror(errno)))")
    }
  }

  func remove() {
    unlink(file)
  }
}

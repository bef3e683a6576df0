import Foundation
import GRPCTransport

/// Certificates made with the `openssl` command for one test run.
///
/// `root` signs `server` (DNS `collector.test`, IP 127.0.0.1) and `agent` (its SPIFFE id in the
/// alternative names); `rogue` is an agent whose root nobody knows.
struct Certificates {
  let roots: String
  let rogueRoots: String
  let server: PEMIdentity
  let agent: PEMIdentity
  let rogue: PEMIdentity

  static let isPossible = TestProcess.find("openssl") != nil

  /// Made once: keys cost a moment.
  static let shared = Task { try await Certificates() }

  private init() async throws {
    let folder = try TemporaryFolder()
    try await Self.makeRoot("root", in: folder)
    try await Self.makeRoot("other", in: folder)
    let serverNames = "DNS:collector.test,IP:127.0.0.1"
    let agentNames = "URI:spiffe://retinue/agent/agent-1,DNS:agent-1.test"
    server = try await Self.makeLeaf("server", signedBy: "root", names: serverNames, in: folder)
    agent = try await Self.makeLeaf("agent-1", signedBy: "root", names: agentNames, in: folder)
    rogue = try await Self.makeLeaf("rogue", signedBy: "other", names: agentNames, in: folder)
    roots = try folder.read("root.pem")
    rogueRoots = try folder.read("other.pem")
  }

  private static func makeRoot(_ name: String, in folder: TemporaryFolder) async throws {
    try await makeKey(name, in: folder)
    try await openssl(
      folder,
      ["req", "-x509", "-new", "-key", "\(name).key", "-out", "\(name).pem"]
        + ["-days", "2", "-subj", "/CN=\(name)"]
    )
  }

  private static func makeLeaf(
    _ name: String,
    signedBy root: String,
    names: String,
    in folder: TemporaryFolder
  ) async throws -> PEMIdentity {
    try await makeKey(name, in: folder)
    try await openssl(
      folder,
      ["req", "-new", "-key", "\(name).key", "-out", "\(name).csr", "-subj", "/CN=\(name)"]
    )
    try folder.write("subjectAltName=\(names)\n", to: "\(name).ext")
    try await openssl(
      folder,
      ["x509", "-req", "-in", "\(name).csr", "-CA", "\(root).pem", "-CAkey", "\(root).key"]
        + ["-CAcreateserial", "-out", "\(name).pem", "-days", "2", "-extfile", "\(name).ext"]
    )
    return PEMIdentity(
      certificateChain: try folder.read("\(name).pem"),
      privateKey: try folder.read("\(name).key")
    )
  }

  private static func makeKey(_ name: String, in folder: TemporaryFolder) async throws {
    try await openssl(
      folder,
      ["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        + ["-out", "\(name).key"]
    )
  }

  private static func openssl(_ folder: TemporaryFolder, _ arguments: [String]) async throws {
    let result = try await TestProcess.run("openssl", arguments, in: folder)
    guard result.status == 0 else { throw Failure(description: result.errors) }
  }

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }
}

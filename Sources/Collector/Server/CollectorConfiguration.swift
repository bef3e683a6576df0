package import GRPCTransport
internal import HeapModel

/// How a collector is run.
package struct CollectorConfiguration: Sendable {
  /// Certificates for an address that others can reach.
  package struct TLS: Sendable {
    package var identity: PEMIdentity
    /// Whose clients are served: PEM text.
    package var clientRoots: String

    package init(identity: PEMIdentity, clientRoots: String) {
      self.identity = identity
      self.clientRoots = clientRoots
    }
  }

  /// `host:port` or `unix:PATH`.
  ///
  /// Without TLS only loopback and sockets are listened on.
  package var listen: ListenAddress
  /// The folder of the store; made if it is missing.
  package var dataFolder: String
  package var tls: TLS?
  /// Where programs of the same user look for the token of a collector by its address: a copy is
  /// left there while it runs.
  ///
  /// Nil: only the one in the data folder.
  package var tokenFolder: String?
  package var maximumAgents = 1_000
  /// Analyses at the same time.
  ///
  /// Each uses one core, and memory as its heap is large.
  package var analysisCount = 1
  /// Memory for heaps that are held or analysed; nil for half of what the machine has.
  package var analysisMemory: UInt64?
  /// The share of the disk above which no new upload is taken.
  package var diskLimit = 0.9
  /// Readings older than this are forgotten.
  package var readingsKept = 30 * 24 * hour
  /// An upload of which nothing comes for so long is given up.
  package var uploadsKept = 72 * hour
  /// What `status` says.
  package var version = ""

  package init(listen: ListenAddress, dataFolder: String) {
    self.listen = listen
    self.dataFolder = dataFolder
  }
}

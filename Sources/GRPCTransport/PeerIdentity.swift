internal import CGRPC

/// Who is on the other side of a call.
///
/// Names come from the certificate that was verified, so without TLS there are none.
package struct PeerIdentity: Sendable, Equatable {
  package var commonName: String?
  package var spiffeID: String?
  package var dnsNames: [String]
  /// Where the connection comes from, such as `ipv4:127.0.0.1:4242`.
  ///
  /// Proves nothing.
  package var address: String

  package init(
    commonName: String? = nil,
    spiffeID: String? = nil,
    dnsNames: [String] = [],
    address: String
  ) {
    self.commonName = commonName
    self.spiffeID = spiffeID
    self.dnsNames = dnsNames
    self.address = address
  }
}

extension PeerIdentity {
  init(of call: OpaquePointer) {
    var address = ""
    if let peer = grpc_call_get_peer(call) {
      address = String(cString: peer)
      gpr_free(peer)
    }
    self.init(address: address)

    guard let context = grpc_call_auth_context(call) else { return }
    defer { grpc_auth_context_release(context) }
    commonName = Self.properties("x509_common_name", of: context).first
    spiffeID = Self.properties("peer_spiffe_id", of: context).first
    dnsNames = Self.properties("peer_dns", of: context)
  }

  private static func properties(_ name: String, of context: OpaquePointer) -> [String] {
    // The iterator keeps the pointer to the name, so that must live as long.
    name.withCString { name in
      var iterator = grpc_auth_context_find_properties_by_name(context, name)
      var values: [String] = []
      while let property = grpc_auth_property_iterator_next(&iterator) {
        let value = UnsafeRawBufferPointer(
          start: property.pointee.value,
          count: property.pointee.value_length
        )
        values.append(String(decoding: value, as: UTF8.self))
      }
      return values
    }
  }
}

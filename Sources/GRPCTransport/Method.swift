/// The name of a call, as it stands on the wire: `/package.Service/Method`.
package struct Method: Hashable, Sendable, CustomStringConvertible {
  package let path: String

  package init(_ path: String) {
    self.path = path
  }

  package var description: String { path }
}

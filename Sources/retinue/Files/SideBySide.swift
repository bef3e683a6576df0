internal import Glibc

/// Work on several things at a time, as many as there are processors.
enum SideBySide {
  /// - Returns: what `body` makes of each element, in their order.
  /// - Throws: what `body` throws first; what has begun by then is waited for.
  static func map<Element: Sendable, Result: Sendable>(
    _ elements: [Element],
    _ body: @escaping @Sendable (Element) async throws -> Result
  ) async throws -> [Result] {
    let processorCount = max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1)
    return try await withThrowingTaskGroup(of: (Int, Result).self) { group in
      var results: [Result?] = elements.map { _ in nil }
      for (index, element) in elements.enumerated() {
        if index >= processorCount, let (done, result) = try await group.next() {
          results[done] = result
        }
        group.addTask { (index, try await body(element)) }
      }
      for try await (done, result) in group { results[done] = result }
      return results.compactMap(\.self)
    }
  }
}

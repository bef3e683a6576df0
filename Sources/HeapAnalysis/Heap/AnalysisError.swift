/// Why a heap could not be analysed.
///
/// Trying again with the same heap does not help, except after `cancelled`.
package enum AnalysisError: Error, Hashable, CustomStringConvertible {
  /// More objects or references than the analysis counts in 31 and 32 bits.
  case tooLarge(String)
  /// The graph contradicts itself; whoever built it did not check it.
  case inconsistentGraph(String)
  /// The task was cancelled; a cancelled analysis is neither a success nor a failure.
  case cancelled

  package var description: String {
    switch self {
    case .tooLarge(let what): "this heap is too large to analyse: \(what)"
    case .inconsistentGraph(let what): "this heap graph contradicts itself: \(what)"
    case .cancelled: "the analysis was cancelled"
    }
  }
}

internal import HeapModel
internal import JSONStream

/// A profile as Chrome's `.heapprofile`: a tree of call frames with the bytes allocated in each.
///
/// Lines and columns count from zero there as in the protocol. The order in which samples were
/// taken is not known here, so the list of samples is empty; no reader needs it.
struct HeapProfileText {
  private let profile: SamplingProfile
  /// The children of each node, in their order.
  private let children: [[Int]]

  init(_ profile: SamplingProfile) {
    self.profile = profile
    var children = profile.nodes.map { _ in [Int]() }
    for (index, node) in profile.nodes.enumerated().dropFirst() {
      children[Int(node.parent) < index ? Int(node.parent) : 0].append(index)
    }
    self.children = children
  }

  var bytes: [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("head")
    writeTree(to: &writer)
    writer.key("samples")
    writer.beginArray()
    writer.endArray()
    writer.endObject()
    return writer.bytes
  }

  /// Writes the nodes inside one another, with a stack of our own: trees are hundreds deep.
  private func writeTree(to writer: inout JSONWriter) {
    var open: [(node: Int, nextChild: Int)] = []
    begin(0, &writer)
    open.append((0, 0))
    while let (node, nextChild) = open.last {
      guard profile.nodes.isEmpty == false, nextChild < children[node].count else {
        writer.endArray()
        writer.endObject()
        open.removeLast()
        continue
      }
      open[open.count - 1].nextChild += 1
      let child = children[node][nextChild]
      begin(child, &writer)
      open.append((child, 0))
    }
  }

  /// Writes a node up to the opening bracket of its children.
  private func begin(_ index: Int, _ writer: inout JSONWriter) {
    let node = index < profile.nodes.count ? profile.nodes[index] : nil
    let frame = node.flatMap { node in
      Int(node.frame) < profile.frames.count ? profile.frames[Int(node.frame)] : nil
    }
    writer.beginObject()
    writer.key("callFrame")
    writer.beginObject()
    writer.key("functionName")
    writer.string(frame?.function ?? "(root)")
    writer.key("scriptId")
    writer.string(frame?.scriptID ?? "0")
    writer.key("url")
    writer.string(frame?.url ?? "")
    writer.key("lineNumber")
    writer.number(Int64(frame?.line ?? -1))
    writer.key("columnNumber")
    writer.number(Int64(frame?.column ?? -1))
    writer.endObject()
    writer.key("selfSize")
    writer.number(node?.selfSize ?? 0)
    writer.key("id")
    writer.number(index + 1)
    writer.key("children")
    writer.beginArray()
  }
}

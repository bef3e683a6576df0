package import FleetProtocol
package import HeapAnalysis
internal import HeapModel
internal import Store

extension QueryService {
  /// Single objects of a snapshot, by conditions.
  ///
  /// Costs what `AnalyzedHeap.select` does, and the loading of a heap that is not kept any more.
  package func findObjects(_ request: FindObjectsRequest) async throws -> FindObjectsReply {
    let query = try ObjectQuery(request)
    let found = try await analysed(request.snapshotID, waitMilliseconds: request.waitMilliseconds)
    do {
      let selection = try await selections.selection(of: request.snapshotID, query) {
        try await analysis.heap(of: found.upload)
      }
      return FindObjectsReply(selection).page
    } catch let error as HeapAnalysis.QueryError {
      throw QueryError(.notPossible, error.description)
    }
  }
}

extension ObjectQuery {
  init(_ request: FindObjectsRequest) throws(QueryError) {
    let conditions = try ObjectCondition.all(request.conditions)
    let order = request.order.isEmpty ? Order.retained : Order(rawValue: request.order)
    guard let order else {
      let known = Order.allCases.map(\.rawValue).joined(separator: ", ")
      throw QueryError(.invalid, "'\(request.order)' is no order; there are \(known)")
    }
    self.init(
      conditions,
      order: order,
      offset: Int(clamping: request.offset),
      limit: min(Int(request.limit), FleetLimits.rows)
    )
  }
}

extension ObjectCondition {
  /// - Throws: `.invalid` for a text that is none.
  static func all(_ texts: [String]) throws(QueryError) -> [ObjectCondition] {
    var conditions: [ObjectCondition] = []
    for text in texts {
      do throws(HeapAnalysis.QueryError) {
        conditions.append(try ObjectCondition(parsing: text))
      } catch {
        throw QueryError(.invalid, error.description)
      }
    }
    return conditions
  }
}

extension FindObjectsReply {
  /// As the collector answers it, and as `retinue analyze` prints it of files.
  package init(_ selection: ObjectSelection) {
    self.init(
      engine: selection.engine.name,
      count: UInt64(selection.count),
      selfSize: selection.selfSize,
      retainedSize: selection.retainedSize,
      classCount: UInt64(selection.classes.count),
      classes: selection.classes.map { FoundClass($0) },
      objects: selection.page.map { object in
        FoundObject(row: ObjectRow(object.row), type: object.kind.name)
      }
    )
  }

  /// As much of it as one answer holds; objects, which were asked for, before classes.
  fileprivate var page: Self {
    var objects = Page<FoundObject>(maximumCount: FleetLimits.rows)
    for object in self.objects { guard objects.add(object) else { break } }
    var classes = Page<FoundClass>(
      maximumCount: FleetLimits.classes,
      reserved: objects.byteCount
    )
    for row in self.classes { guard classes.add(row) else { break } }
    var page = self
    page.objects = objects.rows
    page.classes = classes.rows
    return page
  }
}

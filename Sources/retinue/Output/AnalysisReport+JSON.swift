internal import Cryptography
internal import FleetProtocol
internal import HeapAnalysis
internal import JSONStream

extension AnalysisReport {
  /// - Parameter heap: whose digests are added; nil for none.
  func printJSON(digestsOf heap: AnalyzedHeap?) {
    JSONOutput.object { json in
      json.field("engine", engine)
      json.partial(partial)
      json.field("nodeCount", totals.nodeCount)
      json.field("edgeCount", totals.edgeCount)
      json.field("totalSelfSize", totals.totalSelfSize)
      json.field("totalRetainedSize", totals.totalRetainedSize)
      json.field("untold", totals.untold)
      writeUnheld(to: &json)
      writeStatistics(to: &json)
      if let snapshot {
        json.object("snapshot") { snapshot.write(to: &$0) }
        writeArrival(to: &json)
      }
      writeNativeContexts(to: &json)
      json.array("nativeClasses", nativeClasses) { json, row in
        json.object { json in
          json.field("name", row.name)
          json.field("count", row.count)
          json.field("selfSize", row.selfSize)
        }
      }
      if let heap { Self.writeDigests(of: heap, to: &json) }
      json.array("classes", classes) { json, row in
        json.object { json in
          json.field("key", row.key)
          json.field("name", row.name)
          json.field("count", row.count)
          json.field("selfSize", row.selfSize)
          json.field("retainedSize", row.retainedSize)
          json.field("distance", row.distance)
          json.optional("countInDevTools", row.countInDevTools)
        }
      }
      json.array("largest", largest) { json, row in
        json.object { json in
          json.field("id", row.id)
          json.field("name", row.name)
          json.field("class", row.className)
          json.field("selfSize", row.selfSize)
          json.field("retainedSize", row.retainedSize)
          json.field("distance", row.distance)
        }
      }
      if let collections { Self.write(collections, to: &json) }
    }
  }

  private static func write(_ collections: [ShownCollection], to json: inout JSONWriter) {
    json.array("shownCollections", collections) { json, collection in
      json.object { json in
        json.field("id", collection.id)
        json.field("class", collection.className)
        json.field("entryCount", collection.entryCount)
        json.array("seen", collection.classes) { json, seen in
          json.object { json in
            json.field("class", seen.name)
            json.field("count", seen.count)
          }
        }
      }
    }
  }

  private func writeStatistics(to json: inout JSONWriter) {
    json.object("statistics") { json in
      json.field("total", totals.heapTotal &+ totals.nativeTotal)
      json.object("native") { json in
        json.field("total", totals.nativeTotal)
        json.field("typedArrays", told(totals.nativeTypedArrays, unless: .typedArrays))
      }
      json.object("v8heap") { json in
        json.field("total", totals.heapTotal)
        json.field("code", told(totals.heapCode, unless: .codeSize))
        json.field("jsArrays", totals.heapArrays)
        json.field("strings", totals.heapStrings)
        json.field("system", told(totals.heapSystem, unless: .systemSize))
      }
    }
  }

  private func writeUnheld(to json: inout JSONWriter) {
    guard totals.unheldCount > 0 else { return }
    json.object("unheld") { json in
      json.field("count", totals.unheldCount)
      json.field("retainedSize", totals.unheldRetainedSize)
    }
  }

  private func writeNativeContexts(to json: inout JSONWriter) {
    json.key("nativeContexts")
    guard let native = nativeContexts else { return json.null() }
    json.object { json in
      json.array("contexts", native.contexts) { json, context in
        json.object { json in
          json.field("id", context.id)
          json.field("name", context.name)
          json.field("attributedSize", context.attributedSize)
          json.field("selfSize", context.selfSize)
          json.field("retainedSize", context.retainedSize)
        }
      }
      json.field("contextCount", native.contextCount)
      json.field("sharedSize", native.sharedSize)
      json.field("unattributedSize", native.unattributedSize)
    }
  }

  /// How far the collector's analysis went along with the upload.
  private func writeArrival(to json: inout JSONWriter) {
    json.object("arrival") { json in
      json.field("blockCount", totals.blockCount)
      json.field("blocksDecodedBeforeLast", totals.blocksDecodedBeforeLast)
      json.field("readyAfterCommit", Double(totals.readyAfterCommitMicroseconds) / 1_000)
    }
  }

  private static func writeDigests(of heap: AnalyzedHeap, to json: inout JSONWriter) {
    json.object("digests") { json in
      for array in DigestedArray.allCases {
        var sha256 = SHA256()
        heap.forEachPiece(of: array) { sha256.update($0.bytes) }
        let digest = sha256.finish().description
        json.object(array.rawValue) { json in
          json.field("fnv1a64", heap.fnv1a64(of: array))
          json.field("sha256", digest)
        }
      }
    }
  }
}

internal import FleetProtocol
internal import HeapAnalysis
internal import JSONStream

extension ComparisonReport {
  func printJSON() {
    JSONOutput.object { json in
      if isSeries {
        json.field("inputs", inputs)
      } else {
        json.field("base", inputs[0])
        json.field("main", inputs[1])
      }
      json.field("comparedByID", isComparedByID)
      json.optional("note", note)
      if !parts.isEmpty {
        json.array("parts", parts) { json, part in
          json.object { json in
            json.field("input", part.input)
            json.fields(of: part.reading)
          }
        }
      }
      json.array("failures", failures) { json, failure in
        json.object { json in
          json.field("rule", failure.rule.text)
          json.field("name", failure.name)
          json.field("countDelta", failure.countDelta)
          json.field("sizeDelta", failure.sizeDelta)
        }
      }
      if isSeries {
        json.field("floor", floor)
        json.array("growing", growing) { json, finding in
          json.object { Self.write(finding, to: &$0) }
        }
        json.array("tooling", tooling) { json, finding in
          json.object { Self.write(finding, to: &$0) }
        }
      }
      json.array("classes", rows) { json, row in
        json.object { json in
          json.field("key", row.key)
          json.field("name", row.name)
          json.field("addedCount", row.addedCount)
          json.field("removedCount", row.removedCount)
          json.field("addedSize", row.addedSize)
          json.field("removedSize", row.removedSize)
          json.field("countDelta", row.countDelta)
          json.field("sizeDelta", row.sizeDelta)
          json.field("partialInDevTools", row.isPartialInDevTools)
        }
      }
    }
  }

  private static func write(_ finding: Finding, to json: inout JSONWriter) {
    json.field("fingerprint", finding.fingerprint)
    json.field("family", finding.family)
    json.field("rule", finding.rule)
    json.field("class", finding.className)
    json.field("position", finding.position)
    json.field("companions", finding.companions)
    json.field("certainty", finding.certainty.rawValue)
    json.field("explanation", finding.explanation)
    json.field("evidence", finding.evidence)
    json.array("objectsPerStep", finding.objectsPerStep) { json, count in json.number(count) }
    json.field("bytesPerStep", finding.bytesPerStep)
    json.field("retainedSize", finding.retainedSize)
    json.field("retainerPath", finding.retainerPath)
    json.field("comparedByID", finding.isComparedByID)
  }
}

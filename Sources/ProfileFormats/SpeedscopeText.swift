internal import HeapModel
internal import JSONStream

/// A profile for speedscope.app: stacks, each with the bytes that are alive of it.
struct SpeedscopeText {
  private static let schema = "https://www.speedscope.app/file-format-schema.json"

  private let profile: SamplingProfile
  private let name: String

  init(_ profile: SamplingProfile, name: String) {
    self.profile = profile
    self.name = name
  }

  var bytes: [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("$schema")
    writer.string(Self.schema)
    writer.key("exporter")
    writer.string("retinue")
    writer.key("name")
    writer.string(name)
    writer.key("activeProfileIndex")
    writer.number(0)
    writer.key("shared")
    writer.beginObject()
    writer.key("frames")
    writeFrames(to: &writer)
    writer.endObject()
    writer.key("profiles")
    writer.beginArray()
    writeProfile(to: &writer)
    writer.endArray()
    writer.endObject()
    return writer.bytes
  }

  private func writeFrames(to writer: inout JSONWriter) {
    writer.beginArray()
    for frame in profile.frames {
      writer.beginObject()
      writer.key("name")
      writer.string(frame.shownName)
      if frame.url.isEmpty == false {
        writer.key("file")
        writer.string(frame.url)
      }
      if frame.line >= 0 {
        writer.key("line")
        writer.number(Int64(frame.line) + 1)
        writer.key("col")
        writer.number(Int64(frame.column) + 1)
      }
      writer.endObject()
    }
    writer.endArray()
  }

  private func writeProfile(to writer: inout JSONWriter) {
    let sampled = profile.sampledNodes
    writer.beginObject()
    writer.key("type")
    writer.string("sampled")
    writer.key("name")
    writer.string(name)
    writer.key("unit")
    writer.string("bytes")
    writer.key("startValue")
    writer.number(0)
    writer.key("endValue")
    writer.number(profile.totalSize)
    writer.key("samples")
    writer.beginArray()
    for node in sampled {
      writer.beginArray()
      for frame in profile.stack(of: node) { writer.number(frame) }
      writer.endArray()
    }
    writer.endArray()
    writer.key("weights")
    writer.beginArray()
    for node in sampled { writer.number(profile.nodes[node].selfSize) }
    writer.endArray()
    writer.endObject()
  }
}

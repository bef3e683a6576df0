internal import Compression
internal import HeapModel

/// A profile as pprof's `perftools.profiles.Profile`.
///
/// Sample types are `inuse_objects` and `inuse_space`, as Node's tools write them since 2026, of a
/// profile of all that was allocated `alloc_objects` and `alloc_space`; the period is of type
/// `space`, by which Grafana's tools know it. Lines count from one.
struct PprofMessage {
  private let profile: SamplingProfile
  private let name: String

  init(_ profile: SamplingProfile, name: String) {
    self.profile = profile
    self.name = name
  }

  func gzipped() throws(CompressionError) -> [UInt8] {
    var compressor = try GzipCompressor()
    var output: [UInt8] = []
    compressor.compress(bytes, into: &output)
    compressor.finish(into: &output)
    return output
  }

  /// The message; field numbers are those of google/pprof `proto/profile.proto`.
  var bytes: [UInt8] {
    var message = ProtobufWriter()
    var strings = StringNumbers()
    let prefix = profile.measure == .alive ? "inuse" : "alloc"
    for (type, unit) in [("\(prefix)_objects", "count"), ("\(prefix)_space", "bytes")] {
      write(valueType: type, unit, field: 1, &message, &strings)
    }
    writeSamples(&message)
    writeFrames(&message, &strings)
    message.number(9, profile.startedAt)
    message.number(
      10,
      profile.endedAt > profile.startedAt ? profile.endedAt - profile.startedAt : 0
    )
    write(valueType: "space", "bytes", field: 11, &message, &strings)
    message.number(12, profile.intervalBytes)
    message.number(13, strings.number(of: name))
    message.number(14, strings.number(of: "\(prefix)_space"))
    for string in strings.all { message.string(6, string) }
    return message.bytes
  }

  private func write(
    valueType: String,
    _ unit: String,
    field: UInt64,
    _ message: inout ProtobufWriter,
    _ strings: inout StringNumbers
  ) {
    let (type, unit) = (strings.number(of: valueType), strings.number(of: unit))
    message.message(field) { content in
      content.number(1, type)
      content.number(2, unit)
    }
  }

  /// Each sampled node is a sample: its stack from the innermost frame, and its two values.
  ///
  /// A frame's location has the number behind its index, since 0 is none.
  private func writeSamples(_ message: inout ProtobufWriter) {
    for index in profile.sampledNodes {
      let node = profile.nodes[index]
      message.message(2) { sample in
        sample.packed(1, profile.stack(of: index).reversed().map { Int64($0) + 1 })
        sample.packed(2, [Int64(clamping: node.count), Int64(clamping: node.selfSize)])
      }
    }
  }

  /// Each frame is a function of its own and the one location in it.
  private func writeFrames(_ message: inout ProtobufWriter, _ strings: inout StringNumbers) {
    for (index, frame) in profile.frames.enumerated() {
      let number = Int64(index) + 1
      let line = Int64(max(frame.line, -1)) + 1
      message.message(4) { location in
        location.number(1, number)
        location.message(4) { content in
          content.number(1, number)
          content.number(2, line)
        }
      }
      let name = strings.number(of: frame.shownName)
      let file = strings.number(of: frame.url)
      message.message(5) { function in
        function.number(1, number)
        function.number(2, name)
        function.number(3, name)
        function.number(4, file)
        function.number(5, line)
      }
    }
  }
}

/// The strings of a pprof profile, each once; number 0 is the empty one.
private struct StringNumbers {
  private(set) var all = [""]
  private var numbers = ["": Int64(0)]

  mutating func number(of string: String) -> Int64 {
    if let known = numbers[string] { return known }
    let number = Int64(all.count)
    all.append(string)
    numbers[string] = number
    return number
  }
}

internal import CommandLineArguments
internal import JSONStream

/// What a command prints with `--json`: one value and the end of the line.
enum JSONOutput {
  /// An object, with the schema's version at its top.
  static func object(_ body: (inout JSONWriter) -> Void) {
    var json = JSONWriter()
    json.object { json in
      json.field("schemaVersion", jsonSchemaVersion)
      body(&json)
    }
    print(&json)
  }

  static func array<Element>(
    _ elements: some Sequence<Element>,
    _ body: (inout JSONWriter, Element) -> Void
  ) {
    var json = JSONWriter()
    json.array(elements, body)
    print(&json)
  }

  private static func print(_ json: inout JSONWriter) {
    Output.standard(json.takeBytes() + [UInt8(ascii: "\n")])
  }
}

internal import FleetProtocol
internal import FoundationEssentials
internal import Glibc
internal import TestSupport
internal import Testing

/// Google's own protobuf, generated from our .proto files while the test runs, reads what we write
/// and writes what we read.
@Suite struct PythonInteropTests {
  @Test(.enabled(if: Python.hasProtobuf, "grpcio-tools for Python is not installed"))
  func `Python reads and writes every message as we do`() throws {
    let folder = try Python.temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    var sent: [String: [UInt8]] = [:]
    for message in AnyMessage.all {
      for seed in 0..<10 {
        var random = RandomMessage(seed: 100 + UInt64(seed))
        let bytes = try message.roundTrip(random.bytes(of: message.name))
        sent["\(message.name).\(seed)"] = bytes
        try Data(bytes).write(to: URL(filePath: "\(folder)/\(message.name).\(seed).ours"))
      }
    }

    let output = try Python.run(script, arguments: [ContractSchema.folder, folder])

    #expect(output.hasSuffix("\(sent.count) messages\n"), "\(output)")
    for message in AnyMessage.all {
      for seed in 0..<10 {
        let name = "\(message.name).\(seed)"
        let theirs = FileManager.default.contents(atPath: "\(folder)/\(name).theirs") ?? Data()
        try expect(message.roundTrip(Array(theirs)), equals: sent[name], "\(name)")
      }
    }
  }

  /// Compiles the contract, reads each file, checks that nothing in it is unknown, and writes the
  /// message anew, field by field.
  private let script = """
    import sys, pathlib, importlib
    from grpc_tools import protoc
    contract, folder = sys.argv[1:]
    files = ["retinue/fleet/v1/%s.proto" % n for n in ("common", "control", "upload", "query")]
    if protoc.main(["protoc", "-I" + contract, "--python_out=" + folder] + files) != 0:
        sys.exit("protoc failed")
    sys.path.insert(0, folder)
    modules = [importlib.import_module(f[:-6].replace("/", ".") + "_pb2") for f in files]
    count = 0
    for path in sorted(pathlib.Path(folder).glob("*.ours")):
        kind = path.name.split(".")[0]
        cls = next(getattr(m, kind) for m in modules if hasattr(m, kind))
        ours = path.read_bytes()
        read = cls.FromString(ours)
        clean = cls.FromString(ours)
        clean.DiscardUnknownFields()
        assert clean == read and clean.ByteSize() == len(ours), path.name + " has unknown fields"
        anew = cls()
        for field, value in read.ListFields():
            if hasattr(value, "extend"):
                getattr(anew, field.name).extend(value)
            elif hasattr(value, "CopyFrom"):
                getattr(anew, field.name).CopyFrom(value)
            else:
                setattr(anew, field.name, value)
        path.with_suffix(".theirs").write_bytes(anew.SerializeToString())
        count += 1
    print(count, "messages")
    """
}

/// The Python of this machine, for tests that check against someone else's implementation.
private enum Python {
  static let hasProtobuf = (try? run("import grpc_tools, google.protobuf\nprint('yes')")) == "yes\n"

  static func temporaryFolder() throws -> String {
    var template = Array(
      (FileManager.default.temporaryDirectory.path + "/fleet-XXXXXX").utf8CString
    )
    guard mkdtemp(&template) != nil else { throw CocoaError(.fileWriteUnknown) }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// What the script prints, errors included.
  static func run(_ script: String, arguments: [String] = []) throws -> String {
    let folder = try temporaryFolder()
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let path = folder + "/script.py"
    try script.write(toFile: path, atomically: false, encoding: .utf8)
    let words = ["timeout", "120", "python3", path] + arguments
    let command = words.map { "'\($0)'" }.joined(separator: " ") + " 2>&1"
    guard let stream = popen(command, "r") else { throw CocoaError(.fileReadUnknown) }
    defer { pclose(stream) }
    var output: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4_096)
    while case let count = fread(&piece, 1, piece.count, stream), count > 0 {
      output += piece[..<count]
    }
    return String(decoding: output, as: UTF8.self)
  }
}

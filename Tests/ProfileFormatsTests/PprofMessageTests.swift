import Compression
import HeapModel
import ProfileFormats
import TestSupport
import Testing

@Suite(.enabled(if: Python.has("google.protobuf")))
struct PprofMessageTests {
  /// Reads a pprof file by a descriptor built from google/pprof `proto/profile.proto`.
  private static let reader = """
    import gzip, sys
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
    file = descriptor_pb2.FileDescriptorProto(name='profile.proto', package='p', syntax='proto3')
    NUMBER, STRING, MESSAGE = 3, 9, 11
    def message(name, *fields):
      m = file.message_type.add(name=name)
      for number, field, kind, many in fields:
        f = m.field.add(name=field, number=number, label=3 if many else 1)
        f.type = kind if isinstance(kind, int) else MESSAGE
        if not isinstance(kind, int): f.type_name = '.p.' + kind
    message('ValueType', (1, 'type', NUMBER, 0), (2, 'unit', NUMBER, 0))
    message('Sample', (1, 'location_id', NUMBER, 1), (2, 'value', NUMBER, 1))
    message('Line', (1, 'function_id', NUMBER, 0), (2, 'line', NUMBER, 0))
    message('Location', (1, 'id', NUMBER, 0), (4, 'line', 'Line', 1))
    message('Function', (1, 'id', NUMBER, 0), (2, 'name', NUMBER, 0), (3, 'system_name', NUMBER, 0),
            (4, 'filename', NUMBER, 0), (5, 'start_line', NUMBER, 0))
    message('Profile', (1, 'sample_type', 'ValueType', 1), (2, 'sample', 'Sample', 1),
            (4, 'location', 'Location', 1), (5, 'function', 'Function', 1),
            (6, 'string_table', STRING, 1), (9, 'time_nanos', NUMBER, 0),
            (10, 'duration_nanos', NUMBER, 0), (11, 'period_type', 'ValueType', 0),
            (12, 'period', NUMBER, 0), (13, 'comment', NUMBER, 1),
            (14, 'default_sample_type', NUMBER, 0))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    get = getattr(message_factory, 'GetMessageClass', None)
    descriptor = pool.FindMessageTypeByName('p.Profile')
    kind = get(descriptor) if get else message_factory.MessageFactory(pool).GetPrototype(descriptor)
    profile = kind.FromString(gzip.open(sys.argv[1]).read())
    s = profile.string_table
    assert s[0] == ''
    types = [(s[t.type], s[t.unit]) for t in profile.sample_type]
    print('types', types)
    print('period', s[profile.period_type.type], s[profile.period_type.unit], profile.period)
    print('default', s[profile.default_sample_type])
    print('times', profile.time_nanos, profile.duration_nanos)
    print('totals', [sum(x.value[i] for x in profile.sample) for i in range(len(types))])
    functions = {f.id: f for f in profile.function}
    locations = {l.id: l for l in profile.location}
    for x in profile.sample:
      stack = []
      for id in x.location_id:
        line = locations[id].line[0]
        f = functions[line.function_id]
        stack.append('%s@%s:%d' % (s[f.name], s[f.filename], line.line))
      print('stack', list(x.value), ' < '.join(stack))
    """

  @Test func `Python's protobuf reads the totals and the stacks`() throws {
    let file = try ScratchFile(smallProfile.encoded(as: .pprof, name: "checkout"))
    let lines = Python.run(Self.reader, [file.path]).split(separator: "\n").map(String.init)

    expect(
      lines,
      equals: [
        "types [('inuse_objects', 'count'), ('inuse_space', 'bytes')]",
        "period space bytes 131072",
        "default inuse_space",
        "times 1000000000 2000000000",
        "totals [6, 357]",
        "stack [3, 300] handle \"x\"@file:///app/sessions.js:12 < main@file:///app/main.js:1",
        "stack [1, 50] (anonymous:L#21:C#9)@file:///app/sessions.js:21"
          + " < handle \"x\"@file:///app/sessions.js:12 < main@file:///app/main.js:1",
        "stack [2, 7] (external)@:0",
        "done",
      ]
    )
  }

  @Test func `a large profile keeps its totals`() throws {
    let profile = deepProfile(depth: 600)
    let file = try ScratchFile(profile.encoded(as: .pprof, name: "deep"))
    let output = Python.run(Self.reader, [file.path])

    #expect(output.contains("totals [600, 600]"))
  }

  @Test func `sizes beyond 63 bits are the largest that can be said`() throws {
    var profile = smallProfile
    profile.nodes[2].selfSize = .max
    profile.nodes[3].selfSize = 0
    profile.nodes[4].selfSize = 0
    let file = try ScratchFile(profile.encoded(as: .pprof, name: "huge"))

    #expect(Python.run(Self.reader, [file.path]).contains("totals [6, 9223372036854775807]"))
  }

  @Test func `a profile of all that was allocated has pprof's names for that`() throws {
    var profile = smallProfile
    profile.measure = .allocated
    let file = try ScratchFile(profile.encoded(as: .pprof, name: "all"))
    let output = Python.run(Self.reader, [file.path])

    #expect(output.contains("types [('alloc_objects', 'count'), ('alloc_space', 'bytes')]"))
    #expect(output.contains("default alloc_space"))
  }
}

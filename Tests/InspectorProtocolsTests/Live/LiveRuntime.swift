import HeapModel
import TestSupport
import Testing

/// A runtime that is here, for tests that run once with each.
struct LiveRuntime: Sendable, CustomTestStringConvertible {
  let kind: RuntimeKind
  let executable: String
  let name: String

  var testDescription: String { name }

  static let nodes = [
    ("Node 20", Runtimes.node20), ("Node 22", Runtimes.node22), ("Node 24", Runtimes.node24),
  ]
  .compactMap { name, path in
    path.map { LiveRuntime(kind: .node, executable: $0, name: name) }
  }
  static let buns = [Runtimes.bun].compactMap { path in
    path.map { LiveRuntime(kind: .bun, executable: $0, name: "Bun") }
  }
  static let denos = [Runtimes.deno].compactMap { path in
    path.map { LiveRuntime(kind: .deno, executable: $0, name: "Deno") }
  }
  /// Those that are V8 with an event loop.
  static let v8s = nodes + denos
  static let all = v8s + buns

  /// Starts the helper with an array of so many objects, and waits until it is ready.
  func start(objects: Int = 1_000) async throws -> LiveProgram {
    let program = try await LiveProgram(
      executable,
      runtime: kind,
      script: LiveScript.helper,
      arguments: [String(objects)]
    )
    try await program.line { $0.hasPrefix("READY") }
    return program
  }
}

/// Programs that answer lines on their input.
enum LiveScript {
  /// `usage` answers what the program knows of its own heap, `drop` lets go of a big array and
  /// answers, `print` prints 1,000 objects, `alive` collects and tells how many of them live,
  /// `churn` allocates for a while in `plantedAllocator`, `end` ends naturally.
  static let helper = """
    const load = (name) => process.getBuiltinModule(name);
    const isBun = typeof Bun !== 'undefined';
    globalThis.big = [];
    for (let i = 0; i < Number(process.argv[2]); i++) globalThis.big.push({ i });
    const refs = [];
    globalThis.kept = [];
    function plantedAllocator() {
      for (let i = 0; i < 20000; i++) globalThis.kept.push({ i, text: 'x' + i, list: [i, i] });
    }
    const commands = {
      usage() {
        return JSON.stringify({
          memory: process.memoryUsage(),
          heap: isBun ? { used_heap_size: load('bun:jsc').heapSize() } : load('node:v8').getHeapStatistics(),
        });
      },
      drop() { globalThis.big = null; return 'done'; },
      print() {
        for (let i = 0; i < 1000; i++) {
          const object = { i };
          refs.push(new WeakRef(object));
          console.debug(object);
        }
        return 'done';
      },
      async alive() {
        await new Promise((resolve) => setTimeout(resolve, 50));
        for (let i = 0; i < 3; i++) {
          if (isBun) Bun.gc(true); else globalThis.gc();
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        return String(refs.filter((ref) => ref.deref() !== undefined).length);
      },
      churn() { plantedAllocator(); return String(globalThis.kept.length); },
      symbols() {
        const isOurs = (symbol) => String(symbol).includes('retinue');
        return String(Object.getOwnPropertySymbols(globalThis).filter(isOurs).length);
      },
      block() { load('node:child_process').execSync('sleep 2'); return 'done'; },
      selfSnapshot() { Bun.generateHeapSnapshot(); return 'done'; },
      end() { process.stdin.destroy(); return 'done'; },
      exit() { setTimeout(() => process.exit(7), 20); return 'done'; },
      throw() { setTimeout(() => { throw new Error('planned'); }, 20); return 'done'; },
    };
    if (!isBun && !globalThis.gc) { load('node:v8').setFlagsFromString('--expose-gc'); globalThis.gc = load('node:vm').runInNewContext('gc'); }
    process.on('SIGTERM', () => process.exit(5));
    let text = '';
    process.stdin.setEncoding('utf8');
    process.stdin.on('data', async (more) => {
      text += more;
      for (let at; (at = text.indexOf('\\n')) >= 0;) {
        const line = text.slice(0, at).trim();
        text = text.slice(at + 1);
        if (commands[line]) process.stdout.write(line + ' ' + (await commands[line]()) + '\\n');
      }
    });
    process.stdout.write('READY \\n');
    """
}

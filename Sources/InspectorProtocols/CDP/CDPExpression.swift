internal import JSONStream

/// The expressions that we evaluate in a V8 program: these and no others.
///
/// Each answers one string of JSON, since V8 cannot send deep objects, or a handle in our group.
enum CDPExpression: Hashable, Sendable {
  /// How collections are counted inside a program.
  enum Counting: Hashable, Sendable {
    /// A `PerformanceObserver`, which Node has.
    case observer
    /// A `v8.GCProfiler` that is emptied every few seconds, for Deno, whose observers never hear of
    /// a collection.
    case profiler
  }

  /// Memory, heap statistics, spaces, and what the collector has done.
  case usage(Counting)
  /// The objects whose ids tell one epoch of ids from another.
  case anchors
  /// Takes out of the program what `usage` has put into it.
  case cleanUp
  /// Closes the inspector, a moment later.
  case closeInspector

  func writeParameters(to writer: inout JSONWriter) {
    writer.key("expression")
    writer.string(text)
    writer.key("objectGroup")
    writer.string(CDPCommand.objectGroup)
    writer.key("silent")
    writer.bool(true)
    writer.key("timeout")
    writer.number(200)
    writer.key("returnByValue")
    writer.bool(self != .anchors)
  }

  var text: String {
    switch self {
    case .usage(.observer): Self.observedUsageText
    case .usage(.profiler): Self.profiledUsageText
    case .anchors: Self.anchorsText
    case .cleanUp: Self.cleanUpText
    case .closeInspector: Self.closeInspectorText
    }
  }

  /// How many objects `anchors` answers, the canary included.
  static let anchorCount = 33

  /// Reads everything, and counts collections from then on.
  ///
  /// Collections are counted by a `PerformanceObserver` that stays in the program between
  /// readings: a dozen numbers, whatever happens. `v8.GCProfiler` would keep 3.9 KB for each
  /// collection until the next reading, which may never come. Counts only ever grow, so that two
  /// readers do not rob each other; the longest pause begins anew with each reading. It never
  /// reads `entry.kind`, which prints a deprecation warning into the program's log.
  ///
  /// The state hangs on the global object under a symbol that no enumeration shows, and is taken
  /// over by whoever attaches next. `getBuiltinModule` is there from Node 20.16 and 22.3 on; an older
  /// module program tells its memory only.
  private static let observedUsageText = """
    (() => {
      const memory = process.memoryUsage();
      const load = process.getBuiltinModule || (process.mainModule && process.mainModule.require);
      if (!load) {
        const heap = { used_heap_size: memory.heapUsed, total_heap_size: memory.heapTotal };
        return JSON.stringify({ memory, heap, engine: process.versions.v8 });
      }
      const v8 = load('node:v8');
      const key = Symbol.for('retinue.collections');
      let state = globalThis[key];
      if (state === undefined) {
        state = { counts: {}, pauses: {}, longest: {}, usedAfterMajor: null };
        state.observer = new (load('node:perf_hooks').PerformanceObserver)((list) => {
          for (const entry of list.getEntries()) {
            const kind = entry.detail.kind;
            state.counts[kind] = (state.counts[kind] || 0) + 1;
            state.pauses[kind] = (state.pauses[kind] || 0) + entry.duration;
            state.longest[kind] = Math.max(state.longest[kind] || 0, entry.duration);
            if (kind === 4) state.usedAfterMajor = v8.getHeapStatistics().used_heap_size;
          }
        });
        state.observer.observe({ entryTypes: ['gc'] });
        Object.defineProperty(globalThis, key, { value: state, configurable: true });
      }
      const { counts, pauses, longest, usedAfterMajor } = state;
      state.longest = {};
      return JSON.stringify({
        engine: process.versions.v8,
        memory,
        heap: v8.getHeapStatistics(),
        spaces: v8.getHeapSpaceStatistics(),
        collections: { counts, pauses, longest, usedAfterMajor },
      });
    })()
    """

  /// The same for Deno, where only `v8.GCProfiler` tells of collections, and keeps 3.9 KB for each.
  ///
  /// So a timer that keeps nothing alive adds up every five seconds what it holds, and takes all of
  /// it out of the program when nobody has asked for two minutes. Costs come in nanoseconds (in
  /// Node in microseconds) and leave as milliseconds. Before Deno 2.9 there is no such profiler, and
  /// no word of collections; 2.4 and 2.6 throw where they are asked for spaces.
  private static let profiledUsageText = """
    (() => {
      const v8 = process.getBuiltinModule('node:v8');
      const answer = { memory: process.memoryUsage(), heap: v8.getHeapStatistics() };
      try {
        answer.spaces = v8.getHeapSpaceStatistics();
      } catch {}
      if (!v8.GCProfiler) return JSON.stringify(answer);
      const key = Symbol.for('retinue.collections');
      let state = globalThis[key];
      if (state === undefined) {
        const kinds = {
          Scavenge: 1, MinorMarkSweep: 2, MinorMarkCompact: 2, MarkSweepCompact: 4,
          IncrementalMarking: 8, ProcessWeakCallbacks: 16,
        };
        state = { counts: {}, pauses: {}, longest: {}, usedAfterMajor: null, idleRounds: 0 };
        let profiler = new v8.GCProfiler();
        profiler.start();
        state.addUp = () => {
          // Nothing comes where an evaluation was cut off in here, by its time-out.
          const statistics = profiler.stop()?.statistics ?? [];
          profiler = new v8.GCProfiler();
          profiler.start();
          for (const { gcType, cost, afterGC } of statistics) {
            const kind = kinds[gcType];
            const pause = cost / 1e6;
            state.counts[kind] = (state.counts[kind] || 0) + 1;
            state.pauses[kind] = (state.pauses[kind] || 0) + pause;
            state.longest[kind] = Math.max(state.longest[kind] || 0, pause);
            if (kind === 4) state.usedAfterMajor = afterGC.heapStatistics.usedHeapSize;
          }
        };
        const timer = process.getBuiltinModule('node:timers').setInterval(() => {
          state.idleRounds += 1;
          if (state.idleRounds <= 24) return state.addUp();
          state.observer.disconnect();
          delete globalThis[key];
        }, 5000).unref();
        state.observer = {
          disconnect() {
            clearInterval(timer);
            profiler.stop();
          },
        };
        Object.defineProperty(globalThis, key, { value: state, configurable: true });
      }
      state.addUp();
      state.idleRounds = 0;
      const { counts, pauses, longest, usedAfterMajor } = state;
      state.longest = {};
      answer.collections = { counts, pauses, longest, usedAfterMajor };
      return JSON.stringify(answer);
    })()
    """

  private static let cleanUpText = """
    (() => {
      const key = Symbol.for('retinue.collections');
      const state = globalThis[key];
      if (state !== undefined) {
        state.observer.disconnect();
        delete globalThis[key];
      }
      return 'null';
    })()
    """

  /// The inspector waits for its clients to be gone, and stops the program meanwhile: so our
  /// answer comes first, and we leave on it.
  private static let closeInspectorText = """
    (() => {
      const load = process.getBuiltinModule || (process.mainModule && process.mainModule.require);
      if (load) setTimeout(() => load('node:inspector').close(), 10);
      return 'null';
    })()
    """

  /// The canary, an object of our own, comes first; the others are there in every program and live
  /// as long as it does.
  private static let anchorsText = """
    [
      {}, globalThis, Object, Function, Array, String, Number, Boolean, Symbol, Error, Promise,
      Map, Set, WeakMap, RegExp, Date, JSON, Math, Reflect, Proxy, ArrayBuffer, Uint8Array,
      DataView, Object.prototype, Function.prototype, Array.prototype, String.prototype,
      Promise.prototype, Map.prototype, Set.prototype, RegExp.prototype, Error.prototype,
      Date.prototype,
    ]
    """
}

// Random snapshots in DevTools' own worker: fuzz.mjs BENCH WORKER FOLDER FROM TO
//
// Writes FOLDER/SEED.heapsnapshot for every seed and prints one line of JSON for it: what the worker says, or
// `failed` where the worker itself throws. On some it never ends: whoever reads the lines has to end this process
// then, and go on with the next seed. BENCH is ../shared/bench, WORKER what its dt-unpak.mjs laid out.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [bench, worker, folder, from, to] = process.argv.slice(2);
const program = (name) => pathToFileURL(path.resolve(bench, name)).href;
const { loadWorkerModule, loadSnapshot } = await import(program('dt-load.mjs'));
const module = await loadWorkerModule(worker);
console.warn = () => {};

// What the worker throws in a message's handler reaches nobody who waits for it.
let fail = () => {};
process.on('uncaughtException', (error) => fail(error));
process.on('unhandledRejection', (error) => fail(error));

function loaded(file) {
  return new Promise((resolve, reject) => {
    fail = reject;
    loadSnapshot(module, worker, file, { oneThread: true }).then((done) => resolve(done.snapshot), reject);
  });
}

const sha256 = (array) =>
  crypto.createHash('sha256').update(Buffer.from(array.buffer, array.byteOffset, array.byteLength)).digest('hex');

// The worker's rows by key. Classes that come from different rules and have one key overwrite each other in its
// table; they are added up here by DevTools' own definitions, and the row says what DevTools shows.
function classes(snapshot, selfSizes) {
  const node = snapshot.createNode(0);
  const keys = [], sources = new Map();
  for (let ordinal = 0; ordinal < snapshot.nodeCount; ordinal++) {
    node.nodeIndex = ordinal * snapshot.nodeFieldCount;
    keys.push(snapshot.nodeClassKey(node.id()));
    if (selfSizes[ordinal] === 0) continue;
    if (!sources.has(keys[ordinal])) sources.set(keys[ordinal], new Set());
    sources.get(keys[ordinal]).add(node.classKeyInternal());
  }
  const shown = snapshot.aggregatesWithFilter({});
  return Object.entries(shown).map(([key, { name, count, self, maxRet, distance }]) => {
    const row = { key, name, count, selfSize: self, retainedSize: maxRet, distance };
    return sources.get(key)?.size > 1 ? { ...row, ...added(snapshot, selfSizes, keys, key), countInDevTools: count } : row;
  });
}

function added(snapshot, selfSizes, keys, key) {
  const row = { count: 0, selfSize: 0, retainedSize: 0, distance: Infinity };
  const isCounted = (ordinal) => keys[ordinal] === key && selfSizes[ordinal] !== 0;
  for (let ordinal = 0; ordinal < snapshot.nodeCount; ordinal++) {
    if (!isCounted(ordinal)) continue;
    row.count++;
    row.selfSize += selfSizes[ordinal];
    row.distance = Math.min(row.distance, snapshot.nodeDistances[ordinal]);
    let above = ordinal, isOutermost = true;
    while (snapshot.dominatorsTree[above] !== above) {
      above = snapshot.dominatorsTree[above];
      isOutermost &&= !isCounted(above);
    }
    if (isOutermost) row.retainedSize += snapshot.retainedSizes[ordinal];
  }
  return row;
}

// Objects that are named as closures and regular expressions are called in the table of classes.
function shareNames(file) {
  const text = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, text.replace('"User"', '"Function"').replace('"Admin"', '"RegExp"'));
}

for (let seed = Number(from); seed < Number(to); seed++) {
  const file = path.join(folder, `${seed}.heapsnapshot`);
  process.argv = [process.argv[0], 'fuzz-snapshot.mjs', String(seed), file];
  await import(`${program('fuzz-snapshot.mjs')}?${seed}`);
  if (seed % 2) shareNames(file);
  let answer;
  try {
    const snapshot = await loaded(file);
    const { nodes, nodeCount, nodeFieldCount, nodeSelfSizeOffset } = snapshot;
    const selfSizes = Uint32Array.from({ length: nodeCount }, (_, i) => nodes.getValue(i * nodeFieldCount + nodeSelfSizeOffset));
    const { total, native, v8heap } = snapshot.getStatistics();
    answer = {
      nodeCount,
      statistics: { total, native, v8heap },
      digests: {
        selfSizes: sha256(selfSizes), dominators: sha256(snapshot.dominatorsTree),
        retainedSizes: sha256(snapshot.retainedSizes), distances: sha256(snapshot.nodeDistances),
      },
      classes: classes(snapshot, selfSizes),
    };
  } catch (error) {
    answer = { failed: String(error?.message ?? error).slice(0, 200) };
  }
  process.stdout.write(JSON.stringify({ seed, ...answer }) + '\n');
}
process.exit(0);

// What DevTools' own worker says of an allocation timeline: allocations.mjs BENCH WORKER FILE
//
// V8 counts the functions before it has named the last of them, and then the worker cannot load the file: it gets a
// copy with the right count, and `headerCount` says what the file had.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const [bench, worker, file] = process.argv.slice(2);
const { loadWorkerModule, loadSnapshot } = await import(pathToFileURL(path.resolve(bench, 'dt-load.mjs')).href);
const module = await loadWorkerModule(worker);
console.warn = () => {};

const text = fs.readFileSync(file, 'utf8');
const { snapshot: header, trace_function_infos: infos } = JSON.parse(text);
const functionCount = infos.length / header.meta.trace_function_info_fields.length;
const copy = `${file}.counted`;
fs.writeFileSync(copy, text.replace(/"trace_function_count":\d+/, `"trace_function_count":${functionCount}`));
const { snapshot } = await loadSnapshot(module, worker, copy, { oneThread: true });

const stacks = {};
const node = snapshot.createNode(0);
for (let ordinal = 0; ordinal < snapshot.nodeCount; ordinal++) {
  node.nodeIndex = ordinal * snapshot.nodeFieldCount;
  const id = node.traceNodeId();
  if (!id) continue;
  stacks[id] ??= { frames: snapshot.allocationStack(node.nodeIndex), liveCount: 0, liveSize: 0 };
  stacks[id].liveCount++;
  stacks[id].liveSize += node.selfSize();
}
const { timestamps, lastAssignedIds, sizes } = snapshot.getSamples();
process.stdout.write(JSON.stringify({
  headerCount: header.trace_function_count, functionCount, stacks, functions: snapshot.allocationTracesTops(),
  timeline: sizes.map((size, i) => ({ until: timestamps[i], lastID: lastAssignedIds[i], liveSize: size })),
}) + '\n', () => process.exit(0));

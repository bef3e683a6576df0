// A heap larger than a process can be made to have here: a snapshot repeated under one root.
//   node repeat-heap.mjs SNAPSHOT TIMES OUT
// Each copy has ids of its own; its root hangs on the first copy's root by one more reference.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

const [source, times, out] = [process.argv[2], Number(process.argv[3]), process.argv[4]];
const heap = JSON.parse(readFileSync(source, 'latin1'));
const { snapshot, nodes, edges } = heap;
const nodeFields = snapshot.meta.node_fields;
const edgeFields = snapshot.meta.edge_fields;
const [width, edgeWidth] = [nodeFields.length, edgeFields.length];
const [idAt, edgeCountAt] = [nodeFields.indexOf('id'), nodeFields.indexOf('edge_count')];
const targetAt = edgeFields.indexOf('to_node');
const element = snapshot.meta.edge_types[0].indexOf('element');
let largestID = 0;
for (let at = idAt; at < nodes.length; at += width) largestID = Math.max(largestID, nodes[at]);
const stride = largestID + 2 - (largestID % 2);
const rootEdges = nodes[edgeCountAt];

const file = openSync(out, 'w');
let text = '';
let isFirst = true;
function flush() {
  writeSync(file, text, null, 'latin1');
  text = '';
}
function row(fields) {
  text += (isFirst ? '' : ',') + fields.join(',') + '\n';
  isFirst = false;
  if (text.length > 1 << 20) flush();
}
function rows(name, write) {
  text += `"${name}":[`;
  isFirst = true;
  write();
  text += '],\n';
}

const header = structuredClone(snapshot);
header.node_count *= times;
header.edge_count = header.edge_count * times + times - 1;
text = `{"snapshot":${JSON.stringify(header)},\n`;
rows('nodes', () => {
  for (let copy = 0; copy < times; copy++) {
    for (let at = 0; at < nodes.length; at += width) {
      const fields = nodes.slice(at, at + width);
      fields[idAt] += copy * stride;
      if (at === 0 && copy === 0) fields[edgeCountAt] += times - 1;
      row(fields);
    }
  }
});
rows('edges', () => {
  for (let copy = 0; copy < times; copy++) {
    for (let at = 0; at < edges.length; at += edgeWidth) {
      if (copy === 0 && at === rootEdges * edgeWidth) {
        for (let other = 1; other < times; other++) row([element, 100 + other, other * nodes.length]);
      }
      const fields = edges.slice(at, at + edgeWidth);
      fields[targetAt] += copy * nodes.length;
      row(fields);
    }
  }
});
text += '"trace_function_infos":[],"trace_tree":[],"samples":[],\n';
const locations = heap.locations ?? [];
const locationFields = snapshot.meta.location_fields ?? [];
const objectAt = locationFields.indexOf('object_index');
rows('locations', () => {
  for (let copy = 0; copy < times; copy++) {
    for (let at = 0; at < locations.length; at += locationFields.length) {
      const fields = locations.slice(at, at + locationFields.length);
      fields[objectAt] += copy * nodes.length;
      row(fields);
    }
  }
});
text += '"strings":';
flush();
// Strings are the same for all copies, byte for byte as they were.
const bytes = readFileSync(source);
const from = bytes.lastIndexOf('"strings":') + '"strings":'.length;
writeSync(file, bytes.subarray(from));
closeSync(file);

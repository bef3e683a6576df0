// What a developer debugs: prints objects, stops at breakpoints, snapshots itself, grows, when told to.
import { writeHeapSnapshot } from 'node:v8';
class Planted { constructor(i) { this.i = i; } }
globalThis.planted = [];
globalThis.landmark = { name: 'landmark' };
let printed = 0;
function step(n) {
  return n + 1; // line 8: where the breakpoint goes
}
let n = 0;
setInterval(() => { n = step(n); }, 50);
process.stdin.setEncoding('utf8');
process.stdin.on('data', (text) => {
  for (const line of text.split('\n')) {
    if (line === 'print') console.log({ printed: printed++ });
    if (line === 'grow') for (let i = 0; i < 1000; i++) globalThis.planted.push(new Planted(i));
    if (line.startsWith('snapshot ')) console.log(`WROTE ${writeHeapSnapshot(line.slice(9))}`);
  }
});
console.log('READY');

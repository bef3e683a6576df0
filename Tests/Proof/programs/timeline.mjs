// Records its own allocations and writes them to argv[2]: two functions keep objects, one drops them.
import { Session } from 'node:inspector';
import fs from 'node:fs';
const session = new Session();
session.connect();
session.post('HeapProfiler.startTrackingHeapObjects', { trackAllocations: true });
class Kept { constructor(i) { this.i = i; this.label = `kept ${i}`; } }
const kept = [], byName = new Map();
function keepSome() { for (let i = 0; i < 500; i++) kept.push(new Kept(i)); }
function keepNamed(round) { for (let i = 0; i < 300; i++) byName.set(`${round}/${i}`, { round, i }); }
function drop() { let sum = 0; for (let i = 0; i < 1000; i++) sum += [i, i].length; return sum; }
function round(left) {
  keepSome();
  keepNamed(left);
  drop();
  if (left > 0) return setTimeout(round, 80, left - 1);
  const file = fs.openSync(process.argv[2], 'w');
  session.on('HeapProfiler.addHeapSnapshotChunk', (m) => fs.writeSync(file, m.params.chunk));
  session.post('HeapProfiler.stopTrackingHeapObjects', {}, () => fs.closeSync(file));
}
round(4);

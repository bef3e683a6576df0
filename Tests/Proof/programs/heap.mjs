// A heap of about argv[2] MB of small objects, and a little work now and then.
const bytes = Number(process.argv[2]) * 1e6;
class HeapItem { constructor(i) { this.i = i; this.label = `item ${i}`; this.next = null; } }
const kept = [];
let last = null;
for (let i = 0; kept.length * 110 < bytes; i++) {
  const item = new HeapItem(i);
  item.next = last;
  last = item;
  kept.push(item);
}
globalThis.kept = kept;
setInterval(() => { for (let i = 0; i < 1000; i++) ({ i }); }, 50);
console.log(`READY ${kept.length}`);

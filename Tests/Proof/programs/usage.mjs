// Allocates and drops under a steady load; on each line of input says what it knows of its own heap.
import v8 from 'node:v8';
const kept = [];
setInterval(() => {
  for (let i = 0; i < 200; i++) kept.push({ i, text: 'x'.repeat(20) + Math.random() });
  if (kept.length > 200_000) kept.splice(0, 100_000);
}, 20);
process.stdin.on('data', () => {
  const usage = process.memoryUsage();
  const used = globalThis.Bun ? process.getBuiltinModule('bun:jsc').heapStats().heapSize
    : v8.getHeapStatistics().used_heap_size;
  console.log(`USAGE ${JSON.stringify({ used, rss: usage.rss, at: Date.now() })}`);
});
console.log('READY');

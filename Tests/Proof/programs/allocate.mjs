// One function allocates most of what stays alive. It is a generator: V8 counts what an inlined function
// allocates for the function it was inlined into (Node 24: listOnTimeout of Node's own timers), and a
// generator is never inlined.
const kept = [];
let number = 0;
function* plantedAllocator(count) {
  for (let n = 0; n < count; n++) yield kept.push({ number: number++, list: new Array(100).fill(n) });
}
function somethingElse(count) {
  let last = null;
  for (let n = 0; n < count; n++) last = { n, small: [n] };
  return last;
}
setInterval(() => {
  for (const length of plantedAllocator(40)) if (length > 100_000) kept.length = 0;
  somethingElse(40);
}, 10);
console.log('READY');

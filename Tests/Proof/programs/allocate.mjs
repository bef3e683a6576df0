// One function allocates most of what stays alive. It loops itself: V8 counts what an inlined function
// allocates for the function it was inlined into.
const kept = [];
let number = 0;
function plantedAllocator(count) {
  for (let n = 0; n < count; n++) kept.push({ number: number++, list: new Array(100).fill(n) });
}
function somethingElse(count) {
  let last = null;
  for (let n = 0; n < count; n++) last = { n, small: [n] };
  return last;
}
setInterval(() => {
  plantedAllocator(40);
  somethingElse(40);
  if (kept.length > 100_000) kept.length = 0;
}, 10);
console.log('READY');

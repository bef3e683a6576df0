// One function allocates most of what stays alive.
const kept = [];
function plantedAllocator(i) { kept.push({ i, list: new Array(100).fill(i) }); }
function somethingElse(i) { return { i, small: [i] }; }
let i = 0;
setInterval(() => {
  for (let n = 0; n < 40; n++) { plantedAllocator(i++); somethingElse(i); }
  if (kept.length > 100_000) kept.length = 0;
}, 10);
console.log('READY');

// Keeps what one planted function allocates, beside much that is dropped at once, and prints twice a second how many
// rounds of that it got through: recorded.mjs [MEGABYTES of small objects that it holds all the time]
class Planted { constructor(i) { this.name = `planted ${i}`; this.list = [i, i + 1, i + 2]; } }
const kept = [], ballast = globalThis.ballast = [];
for (let i = 0; i < Number(process.argv[2] ?? 0) * 10_000; i++) ballast.push({ i, text: `ballast ${i}` });
function plantedAllocator() { for (let i = 0; i < 20; i++) kept.push(new Planted(kept.length)); }
function passing() { let sum = 0; for (let i = 0; i < 500; i++) sum += [i, { i }].length; return sum; }
let rounds = 0;
function turn() {
  for (const end = Date.now() + 5; Date.now() < end; rounds++) passing();
  setTimeout(turn, 5);
}
setInterval(plantedAllocator, 10);
setInterval(() => { console.log(`RATE ${rounds}`); rounds = 0; }, 500);
turn();
console.log('READY');
process.on?.('SIGTERM', () => process.exit(0));

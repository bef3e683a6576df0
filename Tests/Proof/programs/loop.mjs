// An allocation-heavy loop of fixed work: prints the CPU milliseconds that each round took, when told to measure.
const kept = [];
for (let i = 0; i < 100_000; i++) kept.push({ i });
function work() {
  let sum = 0;
  for (let i = 0; i < 400_000; i++) { const o = { a: i, b: [i, i + 1] }; sum += o.b[1]; }
  return sum;
}
function measure() {
  const began = process.cpuUsage();
  work();
  const used = process.cpuUsage(began);
  return (used.user + used.system) / 1000;
}
for (let i = 0; i < 30; i++) work();
process.stdin.on('data', async () => {
  const rounds = [];
  for (let i = 0; i < 40; i++) { rounds.push(measure()); await new Promise((done) => setTimeout(done, 5)); }
  rounds.sort((a, b) => a - b);
  console.log(`ROUND ${rounds[rounds.length >> 1]}`);
});
globalThis.kept = kept;
console.log(`READY ${kept.length}`);

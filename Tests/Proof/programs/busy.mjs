// An allocation-heavy loop, about 1 GB for each second of CPU, with stacks as deep as a framework's: prints the CPU
// milliseconds of the median round, when told to measure.
const kept = new Array(2_000);
class Order { constructor(i) { this.id = i; this.lines = [{ sku: i, count: 1 }, { sku: i + 1, count: 2 }]; this.total = 0; } }
function price(order) {
  let total = 0;
  for (let i = 0; i < 60; i++) for (const line of order.lines) total = (total * 31 + line.sku * line.count + i) % 1_000_003;
  order.total = total;
  return total;
}
function handle(depth, i) {
  if (depth > 0) return handle(depth - 1, i) + 1;
  const order = new Order(i);
  kept[i % kept.length] = order;
  return price(order) + JSON.stringify(order).length;
}
function work() {
  let sum = 0;
  for (let i = 0; i < 20_000; i++) sum += handle(20, i);
  return sum;
}
function measure() {
  const began = process.cpuUsage();
  work();
  const used = process.cpuUsage(began);
  return (used.user + used.system) / 1000;
}
for (let i = 0; i < 50; i++) work();
process.stdin.on('data', async () => {
  const rounds = [];
  for (let i = 0; i < 40; i++) { rounds.push(measure()); await new Promise((done) => setTimeout(done, 2)); }
  rounds.sort((a, b) => a - b);
  console.log(`ROUND ${rounds[rounds.length >> 1]}`);
});
console.log('READY');

// A piece of work that allocates about 1 GB for each second of CPU, with stacks as deep as a framework's: that of
// busy.mjs, for pages and workers.
const workKept = new Array(2_000);
class WorkOrder {
  constructor(number) {
    this.id = number;
    this.lines = [{ sku: number, count: 1 }, { sku: number + 1, count: 2 }];
    this.total = 0;
  }
}
function workPrice(order) {
  let total = 0;
  for (let i = 0; i < 60; i++) for (const line of order.lines) total = (total * 31 + line.sku * line.count + i) % 1_000_003;
  order.total = total;
  return total;
}
function workHandle(depth, number) {
  if (depth > 0) return workHandle(depth - 1, number) + 1;
  const order = new WorkOrder(number);
  workKept[number % workKept.length] = order;
  return workPrice(order) + JSON.stringify(order).length;
}
function doWork(rounds) {
  let sum = 0;
  for (let round = 0; round < rounds; round++) for (let i = 0; i < 20_000; i++) sum += workHandle(20, i);
  return sum;
}

// Keeps as many objects as the last part of its address says, and does what a control server orders. What it asks is
// `CONTROL` with a path of its own, in a page the page's own address.
class ObeyItem {
  constructor(number) {
    this.number = number;
    this.label = `item ${number}`;
  }
}
class Planted {
  constructor(number) { this.number = number; }
}
globalThis.planted = [];
const here = globalThis.process?.env?.CONTROL ?? globalThis.location.href;
globalThis.kept = Array.from({ length: Number(here.split('/').pop()) }, (_, number) => new ObeyItem(number));

const orders = {
  end: () => process.exit(0),
  navigate: (address) => { location.href = address; },
  reload: () => location.reload(),
  busy: (seconds) => {
    const end = Date.now() + Number(seconds) * 1000;
    while (Date.now() < end);
  },
  print: (count) => {
    globalThis.printed = [];
    for (let number = 0; number < Number(count); number++) {
      const object = { number };
      printed.push(new WeakRef(object));
      console.log(object);
    }
  },
  grow: (count) => {
    for (let number = 0; number < Number(count); number++) planted.push(new Planted(number));
  },
  snapshot: async (path) => {
    if (globalThis.Bun) await Bun.write(path, JSON.stringify(Bun.generateHeapSnapshot()));
    else (await import('node:v8')).writeHeapSnapshot(path);
  },
  work: (rounds) => doWork(Number(rounds)),
  // What is printed is alive as long as somebody keeps it: said once enough was allocated that the engine has collected.
  count: async () => {
    for (let round = 0; round < 40; round++) {
      globalThis.waste = Array.from({ length: 100_000 }, (_, number) => ({ number, waste: [number] }));
      await new Promise((done) => setTimeout(done, 20));
    }
    globalThis.gc?.();
    await fetch(`${here}/alive/${printed.filter((reference) => reference.deref()).length}`);
  },
};

async function look() {
  const [order, argument] = (await (await fetch(`${here}/order`)).text()).split(' ');
  if (!order) return;
  await orders[order]?.(argument);
  await fetch(`${here}/done`);
}
const again = () => setTimeout(() => look().catch(() => {}).then(again), 100);
again();
globalThis.console?.log('READY');

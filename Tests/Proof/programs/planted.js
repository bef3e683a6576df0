// Plants 50,000 objects of one class for each step that a control server names, on every runtime. What it
// asks is `CONTROL` with a path of its own, in a page the page's own address.
class PlantedLeak {
  constructor(number) {
    this.number = number;
  }
}
globalThis.plantedRegistry = [];
const here = globalThis.process?.env?.CONTROL ?? globalThis.Deno?.env.get('CONTROL') ?? globalThis.location?.href;
const count = 50_000;
let done = 0;
async function look() {
  const step = Number(await (await fetch(`${here}/step`)).text());
  if (step <= done) return;
  done = step;
  for (let number = 0; number < count; number++) plantedRegistry.push(new PlantedLeak(number));
  await fetch(`${here}/done/${step}`);
}
setInterval(() => look().catch(() => {}), 100);
globalThis.console?.log('READY');

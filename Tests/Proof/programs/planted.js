// Plants objects of one class when it is told to, on every runtime: it asks a control server, given by
// `CONTROL` (in a page the server it came from), which step it is at, and plants `COUNT` for each.
class PlantedLeak {
  constructor(number) {
    this.number = number;
  }
}
globalThis.plantedRegistry = [];
const here = globalThis.process?.env?.CONTROL ?? globalThis.Deno?.env.get('CONTROL') ?? globalThis.location?.origin;
const count = 50_000;
let done = 0;
async function look() {
  const step = Number(await (await fetch(`${here}/step`)).text());
  if (step <= done) return;
  done = step;
  for (let number = 0; number < count; number++) plantedRegistry.push(new PlantedLeak(number));
  await fetch(`${here}/done`);
}
setInterval(() => look().catch(() => {}), 100);
globalThis.console?.log('READY');

// Results in what a CommonJS module exports, by request.
// Healthy: the last ten are kept.
// argv: N [--healthy]. Plants N, prints READY; each line `step` on stdin plants N more and prints STEP <total>.
class ModuleLeak { constructor(i) { this.id = i; this.payload = new Array(100).fill(i) } touch() { return this.id } }
exports.results = {}
function leak(i) { exports.results["request " + i] = new ModuleLeak(i) }
function clean(i) { leak(i); delete exports.results["request " + (i - 10)] }

// --- protocol ---
const argv = process.argv.slice(2), healthy = argv.includes("--healthy")
const N = Number(argv.find((a) => /^\d+$/.test(a)) ?? 100)
let total = 0, work = Promise.resolve()
async function batch() {
  for (let i = 0; i < N; i++) await (healthy ? clean : leak)(total + i)
  total += N
  await new Promise((ok) => setTimeout(ok, 20))
}
batch().then(() => console.log("READY"))
let text = ""
process.stdin.setEncoding("utf8")
process.stdin.on("data", (more) => {
  text += more
  for (let at; (at = text.indexOf("\n")) >= 0; text = text.slice(at + 1)) {
    const line = text.slice(0, at).trim()
    if (line === "step") work = work.then(batch).then(() => console.log("STEP " + total))
    if (line === "exit") process.exit(0)
  }
})
process.stdin.on("end", () => process.exit(0))

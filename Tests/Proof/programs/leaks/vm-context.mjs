// A vm context for every tenant, kept by what was made in it.
// Healthy: it goes with its tenant.
// argv: N [--healthy]. Plants N, prints READY; each line `step` on stdin plants N more and prints STEP <total>.
import { createContext, runInContext } from "node:vm"
class ContextLeak { constructor(i) { this.id = i; this.run = runInContext("(n) => n + 1", createContext({})) } }
const tenants = new Map()
globalThis.tenants = tenants
function leak(i) { tenants.set(i, new ContextLeak(i)) }
function clean(i) { leak(i); tenants.delete(i) }

// --- protocol ---
const argv = process.argv.slice(2), healthy = argv.includes("--healthy")
const N = Number(argv.find((a) => /^\d+$/.test(a)) ?? 100)
let total = 0
async function batch() {
  for (let i = 0; i < N; i++) await (healthy ? clean : leak)(total + i)
  total += N
  await new Promise((ok) => setTimeout(ok, 20))
}
await batch()
console.log("READY")
let text = "", work = Promise.resolve()
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

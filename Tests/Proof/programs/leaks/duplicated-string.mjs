// The same address in every record, each time made anew from bytes, as a parser makes it.
// Healthy: a record goes when it is done.
// argv: N [--healthy]. Plants N, prints READY; each line `step` on stdin plants N more and prints STEP <total>.
class TextLeak { constructor(i) { this.address = bytes.toString("latin1") } touch() { return this.address } }
const bytes = Buffer.from("12 Example Street, ".repeat(60))
const records = []
globalThis.records = records
function leak(i) { records.push(new TextLeak(i)) }
function clean(i) { leak(i); records.length = 0 }

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

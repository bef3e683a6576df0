// Answers that nobody reads: their connections stay in use, and later requests wait in the Agent for ever.
// Healthy: each answer is read to its end.
// argv: N [--healthy]. Plants N, prints READY; each line `step` on stdin plants N more and prints STEP <total>.
import { Agent, get } from "node:http"
import { Worker } from "node:worker_threads"
class RequestLeak { constructor(i) { this.id = i; this.payload = new Array(100).fill(i) } touch() { return this.id } }
// The server lives in a thread of its own, so in a heap of its own; it never closes an idle connection.
const server = new Worker(`
  const { createServer } = require("node:http"), { parentPort } = require("node:worker_threads")
  const server = createServer((request, response) => response.end("x".repeat(100000)))
  server.keepAliveTimeout = 0
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port))`, { eval: true })
const port = await new Promise((ok) => server.once("message", ok))
const agent = new Agent({ keepAlive: true, maxSockets: 4 })
globalThis.agent = agent
function leak(i) {
  const state = new RequestLeak(i)
  get({ port, host: "127.0.0.1", agent }, () => { state.touch() }).on("error", () => {})
}
function clean(i) {
  const state = new RequestLeak(i)
  return new Promise((ok) => get({ port, host: "127.0.0.1", agent }, (answer) => {
    state.touch()
    answer.resume().on("end", ok)
  }))
}

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

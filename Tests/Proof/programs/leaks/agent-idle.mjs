// An Agent for every client that comes: each keeps its connection alive, and the connection keeps the Agent.
// Healthy: the Agent is destroyed with its client.
// argv: N [--healthy]. Plants N, prints READY; each line `step` on stdin plants N more and prints STEP <total>.
import { Agent, get } from "node:http"
import { Worker } from "node:worker_threads"
class AgentLeak { constructor(i) { this.id = i; this.payload = new Array(100).fill(i) } touch() { return this.id } }
// The server lives in a thread of its own, so in a heap of its own; it never closes an idle connection.
const server = new Worker(`
  const { createServer } = require("node:http"), { parentPort } = require("node:worker_threads")
  const server = createServer((request, response) => response.end("x".repeat(100000)))
  server.keepAliveTimeout = 0
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port))`, { eval: true })
const port = await new Promise((ok) => server.once("message", ok))
async function leak(i) {
  const agent = new Agent({ keepAlive: true })
  agent.client = new AgentLeak(i)
  await new Promise((ok) => get({ port, host: "127.0.0.1", agent }, (answer) => answer.resume().on("end", ok)))
  // The answer has ended; its connection is free a moment later.
  await new Promise((ok) => setImmediate(ok))
  return agent
}
async function clean(i) { (await leak(i)).destroy() }

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

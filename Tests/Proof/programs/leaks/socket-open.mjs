// A connection per client that nobody closes: its listeners keep what was made for it.
// Healthy: the server closes it when it has answered.
// argv: N [--healthy]. Plants N, prints READY; each line `step` on stdin plants N more and prints STEP <total>.
import { createServer } from "node:net"
import { Worker } from "node:worker_threads"
class SocketLeak { constructor(i) { this.id = i; this.payload = new Array(100).fill(i) } touch() { return this.id } }
// The clients live in a thread of their own, so in a heap of their own.
const clients = new Worker(`
  const { connect } = require("node:net"), { parentPort } = require("node:worker_threads")
  parentPort.on("message", (port) => {
    const socket = connect(port, "127.0.0.1").on("error", () => {}).on("close", () => parentPort.postMessage("closed"))
    socket.on("data", () => parentPort.postMessage("answered"))
    socket.write("hello")
  })`, { eval: true })
let opened = 0, closes = process.argv.includes("--healthy")
const server = createServer((socket) => {
  const state = new SocketLeak(opened++)
  socket.on("error", () => {})
  socket.on("data", () => { state.touch(); closes ? socket.end("bye") : socket.write("welcome") })
})
await new Promise((ok) => server.listen(0, "127.0.0.1", ok))
function leak() {
  return new Promise((ok) => {
    clients.on("message", function heard(word) {
      if (word === (closes ? "closed" : "answered")) { clients.off("message", heard); ok() }
    })
    clients.postMessage(server.address().port)
  })
}
const clean = leak

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

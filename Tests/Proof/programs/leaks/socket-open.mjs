// A connection per client that nobody closes: its listeners keep what was made for it.
// Healthy: the server closes it when it has answered.
// See ../steps.mjs.
import { createServer } from "node:net"
import { Worker } from "node:worker_threads"
import { healthy, plantInSteps } from "../steps.mjs"
class SocketLeak { constructor(i) { this.id = i; this.payload = new Array(100).fill(i) } touch() { return this.id } }
// The clients live in a thread of their own, so in a heap of their own.
const clients = new Worker(`
  const { connect } = require("node:net"), { parentPort } = require("node:worker_threads")
  parentPort.on("message", (port) => {
    const socket = connect(port, "127.0.0.1").on("error", () => {}).on("close", () => parentPort.postMessage("closed"))
    socket.on("data", () => parentPort.postMessage("answered"))
    socket.write("hello")
  })`, { eval: true })
let opened = 0, closes = healthy
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

await plantInSteps(healthy ? clean : leak)

// A server that never closes an idle connection, in a thread of its own, so in a heap of its own.
import { Worker } from "node:worker_threads"

const server = new Worker(`
  const { createServer } = require("node:http"), { parentPort } = require("node:worker_threads")
  const server = createServer((request, response) => response.end("x".repeat(100000)))
  server.keepAliveTimeout = 0
  server.listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port))`, { eval: true })
export const port = await new Promise((ok) => server.once("message", ok))

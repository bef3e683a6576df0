// Answers that nobody reads: their connections stay in use, and later requests wait in the Agent for ever.
// Healthy: each answer is read to its end.
// See ../steps.mjs.
import { Agent, get } from "node:http"
import { port } from "../patient-server.mjs"
import { healthy, plantInSteps } from "../steps.mjs"
class RequestLeak { constructor(i) { this.id = i; this.payload = new Array(100).fill(i) } touch() { return this.id } }
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

await plantInSteps(healthy ? clean : leak)

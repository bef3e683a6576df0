// An Agent for every client that comes: each keeps its connection alive, and the connection keeps the Agent.
// Healthy: the Agent is destroyed with its client.
// See ../steps.mjs.
import { Agent, get } from "node:http"
import { port } from "../patient-server.mjs"
import { healthy, plantInSteps } from "../steps.mjs"
class AgentLeak { constructor(i) { this.id = i; this.payload = new Array(100).fill(i) } touch() { return this.id } }
async function leak(i) {
  const agent = new Agent({ keepAlive: true })
  agent.client = new AgentLeak(i)
  await new Promise((ok) => get({ port, host: "127.0.0.1", agent }, (answer) => answer.resume().on("end", ok)))
  // The answer has ended; its connection is free a moment later.
  await new Promise((ok) => setImmediate(ok))
  return agent
}
async function clean(i) { (await leak(i)).destroy() }

await plantInSteps(healthy ? clean : leak)

// A vm context for every tenant, kept by what was made in it.
// Healthy: it goes with its tenant.
// See ../steps.mjs.
import { createContext, runInContext } from "node:vm"
import { healthy, plantInSteps } from "../steps.mjs"
class ContextLeak { constructor(i) { this.id = i; this.run = runInContext("(n) => n + 1", createContext({})) } }
const tenants = new Map()
globalThis.tenants = tenants
function leak(i) { tenants.set(i, new ContextLeak(i)) }
function clean(i) { leak(i); tenants.delete(i) }

await plantInSteps(healthy ? clean : leak)

// The same address in every record, each time made anew from bytes, as a parser makes it.
// Healthy: a record goes when it is done.
import { healthy, plantInSteps } from "../steps.mjs"
// See ../steps.mjs.
class TextLeak { constructor(i) { this.address = bytes.toString("latin1") } touch() { return this.address } }
const bytes = Buffer.from("12 Example Street, ".repeat(60))
const records = []
globalThis.records = records
function leak(i) { records.push(new TextLeak(i)) }
function clean(i) { leak(i); records.length = 0 }

await plantInSteps(healthy ? clean : leak)

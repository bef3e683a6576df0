// What the programs here that plant a leak have in common.
// argv: N [--healthy]. Plants N, prints READY; each line `step` on stdin plants N more and prints STEP <total>.
const argv = process.argv.slice(2)
const count = Number(argv.find((word) => /^\d+$/.test(word)) ?? 100)
export const healthy = argv.includes("--healthy")

/** @param plant is told the number of each; twice as many are planted by the second step */
export async function plantInSteps(plant) {
  let total = 0
  async function batch() {
    for (let i = 0; i < count; i++) await plant(total + i)
    total += count
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
}

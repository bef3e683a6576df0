/// Growth below one owner, whatever the owner is: what has no shape that another rule knows.
struct GeneralGrowthRule: LeakRule {
  let name = "growth-1"

  let verdict = LeakVerdict(cause: "", remedy: "", evidence: "")

  func verdict(on leak: LeakPath) -> LeakVerdict? { verdict }
}

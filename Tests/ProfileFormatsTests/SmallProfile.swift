import HeapModel

// (root) -> main (0 B) -> handle (300 B in 3) -> (anonymous) (50 B in 1)
//    `----> (external) (7 B in 2)
let smallProfile = SamplingProfile(
  frames: [
    frame("(root)", "", -1, -1),
    frame("main", "file:///app/main.js", 0, 0),
    frame("handle \"x\"", "file:///app/sessions.js", 11, 4),
    frame("", "file:///app/sessions.js", 20, 8),
    frame("(external)", "", -1, -1),
  ],
  nodes: [
    SamplingProfile.Node(frame: 0, parent: 0, selfSize: 0, count: 0),
    SamplingProfile.Node(frame: 1, parent: 0, selfSize: 0, count: 0),
    SamplingProfile.Node(frame: 2, parent: 1, selfSize: 300, count: 3),
    SamplingProfile.Node(frame: 3, parent: 2, selfSize: 50, count: 1),
    SamplingProfile.Node(frame: 4, parent: 0, selfSize: 7, count: 2),
  ],
  intervalBytes: 131_072,
  startedAt: 1_000_000_000,
  endedAt: 3_000_000_000
)

func frame(
  _ function: String,
  _ url: String,
  _ line: Int32,
  _ column: Int32,
  scriptID: String = "9"
) -> SamplingProfile.Frame {
  SamplingProfile.Frame(
    function: function,
    url: url,
    scriptID: scriptID,
    line: line,
    column: column
  )
}

/// A stack as deep as real ones get, and deeper.
func deepProfile(depth: Int) -> SamplingProfile {
  var profile = smallProfile
  profile.nodes = [SamplingProfile.Node(frame: 0, parent: 0, selfSize: 0, count: 0)]
  for level in 1...depth {
    profile.nodes.append(
      SamplingProfile.Node(frame: 1, parent: UInt32(level - 1), selfSize: 1, count: 1)
    )
  }
  return profile
}

/// What was written to a stream, or pushed into it, and is not read.
///
/// The shape: stream `._writableState` or `._readableState` → buffer → chunks. Of an object stream
/// only the high-water mark is in the readable side, the rest in the writable one.
struct StreamBufferRule: LeakRule {
  let name = "stream-buffers-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    let names: Set<String> = ["_writableState", "_readableState"]
    guard let state = leak.property(names, in: leak.approach(4)), state > 0 else { return nil }
    let stream = leak.steps[state - 1].label
    let isWritable = leak.chosenName(state) == "_writableState"
    return LeakVerdict(
      cause: isWritable
        ? "They were written to the \(stream) faster than it takes them, or nobody reads it."
        : "They were pushed into the \(stream) that nobody reads.",
      remedy: isWritable
        ? "When write() answers false wait for 'drain', or use pipeline()."
        : "Read it, resume() it, or destroy() it; stop when push() answers false.",
      evidence:
        "they are in the buffer of the \(stream)'s \(isWritable ? "writable" : "readable") side"
    )
  }
}

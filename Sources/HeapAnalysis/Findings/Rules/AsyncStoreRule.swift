/// Stores of an AsyncLocalStorage, kept by what a request started and did not end.
///
/// The shape: a new asynchronous resource (a timer, a socket, a promise) refers to its store: by
/// `.<symbol kResourceStore>` on Node 20 and 22, by an `AsyncContextFrame` since.
struct AsyncStoreRule: LeakRule {
  let name = "async-local-stores-1"

  func verdict(on leak: LeakPath) -> LeakVerdict? {
    let behind = leak.departure(4)
    let isFrame = behind.contains { leak.engineName($0) == "AsyncContextFrame" }
    guard isFrame || leak.property(["<symbol kResourceStore>"], in: behind) != nil else {
      return nil
    }
    let index = leak.firstNew
    let isResource = leak.engineName(index) != "AsyncContextFrame"
    let resource =
      isResource ? leak.steps[index].label : index > 0 ? leak.steps[index - 1].label : ""
    return LeakVerdict(
      cause:
        "Each is the store of an AsyncLocalStorage, kept by something that was started with "
        + "it and has not ended (\(resource)).",
      remedy: "End or clear that, or start it outside, by exit().",
      evidence: "each hangs on a \(resource) by its asynchronous context"
    )
  }
}

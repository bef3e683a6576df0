internal import HeapModel

/// A conversation with a page of WebKit.
///
/// What was connected to is a page, whatever is around it: the outermost messages are those of a
/// shell that has no heap, and it stays out of sight. A page that moves to another process has
/// another session afterwards; it is attached anew, under the same number.
struct WebKitConversation {
  /// How long the shell may take to say which page it has; it does so in its first message.
  private static let patience = Duration.seconds(3)

  private var shell: DialectConversation<JSCDialect>
  /// The number under which the shell knows the page, once that is attached.
  private var page: HeapNumber?
  /// All numbers under which it has known the page, in one process after the other.
  private var pages: Set<HeapNumber> = []
  /// When a page must have been told of.
  private var pageIsDue: Duration?

  init(options: SessionOptions) {
    shell = DialectConversation(options: options) { options, heap in
      JSCDialect(.webKitGTK, options: options, heap: heap)
    }
  }
}

extension WebKitConversation: InspectorConversation {
  func capabilities(of heap: HeapNumber) -> Capabilities {
    guard heap == .main else { return shell.capabilities(of: heap) }
    return page.map { shell.capabilities(of: $0) } ?? []
  }

  var deadline: Duration? {
    [shell.deadline, pageIsDue].compactMap { $0 }.min()
  }

  mutating func start(at now: Moment) {
    pageIsDue = now.elapsed + Self.patience
    shell.start(at: now)
  }

  mutating func receivedMessageBegin() { shell.receivedMessageBegin() }

  mutating func receivedBytes(_ bytes: UnsafeRawBufferPointer, at now: Moment) {
    shell.receivedBytes(bytes, at: now)
  }

  mutating func receivedMessageEnd(at now: Moment) { shell.receivedMessageEnd(at: now) }
  mutating func receivedClose(at now: Moment) { shell.receivedClose(at: now) }

  mutating func tick(at now: Moment) {
    shell.tick(at: now)
    guard let due = pageIsDue, due <= now.elapsed else { return }
    pageIsDue = nil
    // It is not said when another client had taken the page a moment before.
    if shell.reaches(WebKitPage.kind) == false { shell.receivedClose(at: now) }
  }

  mutating func request(
    _ request: SessionRequest,
    of heap: HeapNumber,
    id: SessionRequest.ID,
    at now: Moment
  ) {
    // To leave the shell is to leave the page's workers, the page and the shell, in this order.
    let isForPage = heap == .main && request != .detach
    shell.request(request, of: isForPage ? page ?? .main : heap, id: id, at: now)
  }

  mutating func nextAction() -> HeapAction? {
    while let next = shell.nextAction() {
      if let shown = shown(next) { return shown }
    }
    return nil
  }

  /// What an action of the shell, of the page or of a worker is to the page's owner.
  private mutating func shown(_ action: HeapAction) -> HeapAction? {
    if shell.kind(of: action.heap) == WebKitPage.kind { pages.insert(action.heap) }
    guard pages.contains(action.heap) else {
      if action.heap == .main, case .attached = action.action { return nil }
      return action
    }
    switch action.action {
    case .attached(var description):
      page = action.heap
      description.name = ""
      return HeapAction(.main, .attached(description))
    case .letGo(let reason):
      if page == action.heap { page = nil }
      return isOver(by: reason) ? HeapAction(.main, .letGo(reason)) : nil
    default:
      return HeapAction(.main, action.action)
    }
  }

  /// Whether a page that is let go of for this reason was the last there will be.
  private func isOver(by reason: LetGoReason) -> Bool {
    switch reason {
    // The shell's own end follows.
    case .detached, .unresponsive: false
    // Else it is in another process now, and is being attached there.
    case .targetGone, .targetExiting, .unusable: shell.reaches(WebKitPage.kind) == false
    }
  }
}

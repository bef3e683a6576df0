internal import JSONStream

/// Finds what a Firefox has: the parent process, the tabs, and the page that each tab shows now.
///
/// Told packets and the replies to its own commands; answers what to say next, and what is new.
struct FirefoxDirectory: Sendable {
  /// What it asked, as the switchboard keeps it.
  enum Question: Hashable, Sendable {
    case root
    case description
    case parentProcess
    case parentTarget
    case tabs
    case watcher(tab: Int64)
    case frames(tab: Int64)
  }

  enum Step: Hashable, Sendable {
    case ask(RDPCommand, Question)
    /// The parent process can be talked to.
    case found(FirefoxTarget)
    /// A tab shows another page, or is new.
    case loaded(tab: Int64, FirefoxTarget)
    /// What the tab has shown is gone; the next page follows, or the end.
    case left(tab: Int64)
    case closed(tab: Int64)
    /// The tab's page has another address or title than before.
    case retitled(tab: Int64)
    /// One more tab is there than we watch.
    case passedOver
    case fail(String)
  }

  private struct Tab: Sendable {
    var title: String
    var url: String
    var watcher: String?
    var target: FirefoxTarget?
  }

  /// More are passed over, and said to be.
  private static let tabLimit = 256
  private var passedOverCount = 0

  private(set) var hasGreeting = false
  /// Who transfers snapshots; empty until known.
  private(set) var files = ""
  private(set) var version = ""
  private(set) var parent: FirefoxTarget?
  private var hasDescription = false
  private var tabs: [Int64: Tab] = [:]
  private var isListing = false
  private var isListOld = false

  func title(of tab: Int64) -> String {
    tabs[tab].map { $0.url.isEmpty ? $0.title : $0.url } ?? ""
  }

  /// The first packet, which nobody asked for.
  mutating func receivedGreeting(_ packet: JSONValue) -> [Step] {
    hasGreeting = true
    guard packet["applicationType"]?.string == "browser" else {
      return [.fail("what listens there is no Firefox")]
    }
    return [.ask(.getRoot, .root)]
  }

  mutating func received(_ reply: JSONValue, to question: Question) -> [Step] {
    let failure = reply["error"]?.string.map { reply["message"]?.string ?? $0 }
    switch question {
    case .root:
      files = reply["heapSnapshotFileActor"]?.string ?? ""
      let description: [Step] =
        reply["deviceActor"]?.string
        .map { [.ask(.getDescription(device: $0), .description)] } ?? []
      hasDescription = description.isEmpty
      return description + [.ask(.getParentProcess, .parentProcess)] + list()
    case .description:
      hasDescription = true
      version = reply["value"]?["version"]?.string ?? ""
      return parent.map { [.found($0)] } ?? []
    case .parentProcess:
      guard let descriptor = reply["processDescriptor"]?["actor"]?.string else {
        return [.fail("Firefox does not let its processes be debugged: \(failure ?? "no words")")]
      }
      return [.ask(.getProcessTarget(descriptor: descriptor), .parentTarget)]
    case .parentTarget:
      guard let target = reply["process"].flatMap({ FirefoxTarget($0) }) else {
        return [.fail("Firefox's own process cannot be debugged: \(failure ?? "no words")")]
      }
      parent = target
      return hasDescription ? [.found(target)] : []
    case .tabs:
      return receivedTabs(reply["tabs"]?.array ?? [])
    case .watcher(let tab):
      guard tabs[tab] != nil, let watcher = reply["actor"]?.string else { return [] }
      tabs[tab]?.watcher = watcher
      return [.ask(.watchFrames(watcher: watcher), .frames(tab: tab))]
    case .frames:
      return []
    }
  }

  mutating func received(_ event: JSONValue, type: String, from actor: String) -> [Step] {
    switch type {
    case "tabListChanged":
      isListOld = true
      return isListing ? [] : list()
    case "target-available-form":
      guard let tab = tab(watchedBy: actor), let form = event["target"],
        form["targetType"]?.string == "frame", form["isTopLevelTarget"]?.bool == true,
        let target = FirefoxTarget(form)
      else { return [] }
      tabs[tab]?.target = target
      tabs[tab]?.url = target.url
      return [.loaded(tab: tab, target)]
    case "target-destroyed-form":
      guard let gone = event["target"]?["actor"]?.string, let tab = tab(watchedBy: actor),
        tabs[tab]?.target?.actor == gone
      else { return [] }
      tabs[tab]?.target = nil
      return [.left(tab: tab)]
    default:
      return []
    }
  }

  /// Actors with this beginning are gone.
  mutating func receivedCancellation(prefix: String) -> [Step] {
    let left = tabs.filter { $0.value.target?.actor.hasPrefix(prefix) ?? false }.keys.sorted()
    for tab in left { tabs[tab]?.target = nil }
    return left.map { .left(tab: $0) }
  }

  private func tab(watchedBy actor: String) -> Int64? {
    tabs.first { $0.value.watcher == actor }?.key
  }

  private mutating func list() -> [Step] {
    (isListing, isListOld) = (true, false)
    return [.ask(.listTabs, .tabs)]
  }

  private mutating func receivedTabs(_ list: [JSONValue]) -> [Step] {
    isListing = false
    var steps: [Step] = []
    var present: Set<Int64> = []
    for form in list.prefix(Self.tabLimit) {
      guard let id = form["browserId"]?.int, let actor = form["actor"]?.string,
        form["isZombieTab"]?.bool != true
      else { continue }
      present.insert(id)
      if tabs[id] == nil {
        tabs[id] = Tab(title: "", url: "")
        steps.append(.ask(.getWatcher(tab: actor), .watcher(tab: id)))
      }
      let titleBefore = title(of: id)
      tabs[id]?.title = form["title"]?.string ?? ""
      tabs[id]?.url = form["url"]?.string ?? ""
      if title(of: id) != titleBefore { steps.append(.retitled(tab: id)) }
    }
    for id in tabs.keys.sorted() where present.contains(id) == false {
      tabs[id] = nil
      steps.append(.closed(tab: id))
    }
    let excess = max(0, list.count - Self.tabLimit)
    if excess > passedOverCount {
      steps += repeatElement(.passedOver, count: excess - passedOverCount)
    }
    passedOverCount = excess
    return isListOld ? steps + self.list() : steps
  }
}

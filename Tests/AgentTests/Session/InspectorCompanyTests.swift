import Agent
import Connections
import TestSupport
import Testing

@Suite struct InspectorCompanyTests {
  private let endpoint = InspectorEndpoint(address: .tcp(.loopbackV4, port: 9_229))

  /// A host on which so many connections to the inspector stand.
  private func company(_ count: Int) -> InspectorCompany {
    var table = SketchedProcesses()
    table.processes[1] = .init()
    table.listeners =
      [.init(inode: 1, port: 9_229)]
      + (0..<count).map { .init(inode: UInt64(2 + $0), port: 9_229, isListening: false) }
    return InspectorCompany(table, ownProcessID: 1)
  }

  @Test(arguments: [(0, false), (1, false), (2, true), (5, true)])
  func `more than our own connection is company`(_ connections: Int, isPresent: Bool) {
    expect(company(connections).isPresent(at: endpoint, now: .now, age: .zero), equals: isPresent)
  }

  @Test func `another inspector's clients are not ours`() {
    let other = InspectorEndpoint(address: .tcp(.loopbackV4, port: 9_230))
    expect(company(2).isPresent(at: other, now: .now, age: .zero), equals: false)
  }

  @Test func `where the kernel tells nothing nobody is seen`() {
    let company = InspectorCompany(SketchedProcesses(), ownProcessID: 1)
    expect(company.isPresent(at: endpoint, now: .now, age: .zero), equals: false)
  }
}

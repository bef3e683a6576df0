import Agent
import Connections
import TestSupport
import Testing

@Suite struct InspectorCompanyTests {
  private let endpoint = InspectorEndpoint(address: .tcp(.loopbackV4, port: 9_229))

  /// A host on which so many connections to the inspector stand.
  private func company(ours: UInt16, others: UInt16) -> InspectorCompany {
    var table = SketchedProcesses()
    table.processes[1] = .init()
    table.listeners = [.init(inode: 1, port: 9_229)]
    for number in 0..<(ours + others) {
      let client = 40_000 + number
      let inode = UInt64(client)
      table.listeners += [
        .init(inode: inode, port: client, isListening: false, farPort: 9_229),
        .init(inode: inode + 1_000, port: 9_229, isListening: false, farPort: client),
      ]
      if number < ours { table.processes[1]?.sockets[Int32(number) + 3] = inode }
    }
    return InspectorCompany(table, ownProcessID: 1)
  }

  @Test(arguments: [(0, 0, false), (1, 0, false), (3, 0, false), (0, 1, true), (2, 4, true)])
  func `whoever is not us is company`(_ ours: Int, _ others: Int, isPresent: Bool) {
    let company = company(ours: UInt16(ours), others: UInt16(others))
    expect(company.isPresent(at: endpoint, now: .now, age: .zero), equals: isPresent)
  }

  @Test func `another inspector's clients are not ours`() {
    let other = InspectorEndpoint(address: .tcp(.loopbackV4, port: 9_230))
    expect(company(ours: 0, others: 2).isPresent(at: other, now: .now, age: .zero), equals: false)
  }

  @Test func `where the kernel tells nothing nobody is seen`() {
    let company = InspectorCompany(SketchedProcesses(), ownProcessID: 1)
    expect(company.isPresent(at: endpoint, now: .now, age: .zero), equals: false)
  }
}

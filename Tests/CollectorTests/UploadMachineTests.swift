import Collector
import Cryptography
import FleetProtocol
import HeapModel
import Store
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(3))) struct UploadMachineTests {
  private let id = String(repeating: "1", count: 32)
  private let agent = String(repeating: "a", count: 32)

  private var begin: BeginUpload {
    BeginUpload(
      uploadID: id,
      kind: .snapshot,
      agentID: agent,
      targetID: TargetID(high: 1, low: 1),
      commandID: String(repeating: "c", count: 32),
      startedAt: 5,
      format: "v8"
    )
  }

  private func block(_ index: UInt32, at offset: UInt64, _ payload: [UInt8]) -> PutBlock {
    PutBlock(
      uploadID: id,
      index: index,
      offset: offset,
      rawSize: 100,
      kind: 1,
      sha256: SHA256.digest(of: payload).bytes,
      payload: payload
    )
  }

  private func commit(_ blocks: [[UInt8]], complete: Bool = true) -> CommitUpload {
    var hash = SHA256()
    for payload in blocks { hash.update(SHA256.digest(of: payload).bytes) }
    return CommitUpload(
      uploadID: id,
      blockCount: UInt32(blocks.count),
      rawSize: UInt64(blocks.count) * 100,
      sha256: hash.finish().bytes,
      complete: complete,
      reason: complete ? "" : "target_gone",
      nodeCount: 7
    )
  }

  /// A machine that has taken these payloads.
  private func machine(with payloads: [[UInt8]] = []) throws -> UploadMachine {
    guard case .create(let upload) = UploadMachine.begin(begin, known: nil, now: 1) else {
      throw Unexpected()
    }
    var machine = UploadMachine(upload, digests: [])
    for payload in payloads { try store(payload, in: &machine) }
    return machine
  }

  private struct Unexpected: Error {}

  private func store(_ payload: [UInt8], in machine: inout UploadMachine) throws {
    let next = machine.position(accepted: true)
    let block = block(next.nextIndex, at: next.nextOffset, payload)
    guard case .store(let record) = machine.received(block, digest: SHA256.digest(of: payload))
    else { throw Unexpected() }
    var upload = machine.upload
    upload.blockCount += 1
    upload.rawBytes += UInt64(record.rawSize)
    machine.stored(record, upload: upload)
  }

  private func received(_ block: PutBlock, by machine: UploadMachine) -> UploadMachine.OnBlock {
    machine.received(block, digest: SHA256.digest(of: block.payload))
  }

  @Test func `begin says where to go on`() throws {
    let machine = try machine(with: [[1], [2]])
    expect(
      UploadMachine.begin(begin, known: machine, now: 9),
      equals: .answer(UploadPosition(nextIndex: 2, nextOffset: 200, accepted: true))
    )

    var stranger = begin
    stranger.agentID = String(repeating: "b", count: 32)
    expect(
      UploadMachine.begin(stranger, known: machine, now: 9),
      equals: .refuse("upload \(id) belongs to another agent")
    )
  }

  @Test func `a block that is there is taken again without being stored`() throws {
    let machine = try machine(with: [[1], [2]])
    let position = UploadPosition(nextIndex: 2, nextOffset: 200, accepted: true)
    expect(received(block(0, at: 0, [1]), by: machine), equals: .answer(position))

    var different = position
    different.accepted = false
    expect(received(block(0, at: 0, [9]), by: machine), equals: .answer(different))
  }

  @Test func `a block that does not follow on is answered with the right place`() throws {
    let machine = try machine(with: [[1]])
    let right = UploadPosition(nextIndex: 1, nextOffset: 100, accepted: false)
    expect(received(block(2, at: 200, [1]), by: machine), equals: .answer(right))
    expect(received(block(1, at: 99, [1]), by: machine), equals: .answer(right))
    expect(received(block(.max, at: .max, [1]), by: machine), equals: .answer(right))
  }

  @Test func `a damaged, empty or oversized block is refused`() throws {
    let machine = try machine()
    var damaged = block(0, at: 0, [1])
    damaged.payload = [2]
    guard case .refuse(let reason) = received(damaged, by: machine) else { throw Unexpected() }
    #expect(reason.contains("damaged on its way"))

    guard case .refuse = received(block(0, at: 0, []), by: machine) else { throw Unexpected() }
    var nothing = block(0, at: 0, [1])
    nothing.rawSize = 0
    guard case .refuse = received(nothing, by: machine) else { throw Unexpected() }
    let large = [UInt8](repeating: 0, count: 2 << 20)
    guard case .refuse = received(block(0, at: 0, large), by: machine) else { throw Unexpected() }
  }

  @Test func `an upload that grows beyond its bound is refused`() throws {
    var limits = UploadMachine.Limits()
    limits.rawBytes = 250
    let small = try machine(with: [[1], [2]])
    let machine = UploadMachine(
      small.upload,
      digests: [[1], [2]].map { SHA256.digest(of: $0) },
      limits: limits
    )
    guard case .refuse = received(block(2, at: 200, [3]), by: machine) else { throw Unexpected() }
  }

  @Test func `commit ends it once, and says so again`() throws {
    var machine = try machine(with: [[1], [2]])
    guard case .end(let ended) = machine.received(commit([[1], [2]]), now: 8) else {
      throw Unexpected()
    }
    expect(ended.state, equals: .complete)
    expect(ended.nodeCount, equals: 7)
    expect(ended.touchedAt, equals: 8)
    machine.ended(ended)

    let done = UploadPosition(nextIndex: 2, nextOffset: 200, committed: true, accepted: true)
    expect(machine.received(commit([[1], [2]]), now: 9), equals: .answer(done))
    expect(received(block(1, at: 100, [2]), by: machine), equals: .answer(done))
    var late = done
    late.accepted = false
    expect(received(block(2, at: 200, [3]), by: machine), equals: .answer(late))
    expect(machine.received(commit([[1]]), now: 9), equals: .answer(late))
  }

  @Test func `a commit of what is not there changes nothing`() throws {
    let machine = try machine(with: [[1]])
    expect(
      machine.received(commit([[1], [2]]), now: 8),
      equals: .answer(UploadPosition(nextIndex: 1, nextOffset: 100, accepted: false))
    )
    guard case .refuse = machine.received(commit([[9]]), now: 8) else { throw Unexpected() }
    guard case .refuse = try self.machine().received(commit([]), now: 8) else { throw Unexpected() }
  }

  @Test func `a capture cut short is incomplete with its reason`() throws {
    let machine = try machine(with: [[1]])
    guard case .end(let ended) = machine.received(commit([[1]], complete: false), now: 8) else {
      throw Unexpected()
    }
    expect(ended.state, equals: .incomplete)
    expect(ended.reason, equals: "target_gone")
  }

  @Test func `a sender that has lost its blocks may still say that nothing more will come`() throws
  {
    let machine = try machine(with: [[1]])
    var lost = commit([[1]], complete: false)
    lost.sha256 = SHA256.digest(of: []).bytes
    guard case .end(let ended) = machine.received(lost, now: 8) else { throw Unexpected() }
    expect(ended.state, equals: .incomplete)
  }

  /// Row 20 of the matrix: duplicate, reordered and repeated messages against a model that is
  /// nothing but the list of payloads.
  @Test func `any sequence of messages gives what the model gives`() throws {
    var random = SeededGenerator(seed: 20)
    for _ in 0..<2_000 {
      var machine = try machine()
      var model: [[UInt8]] = []
      var isCommitted = false
      for _ in 0..<Int.random(in: 1...40, using: &random) {
        let expected = UploadPosition(
          nextIndex: UInt32(model.count),
          nextOffset: UInt64(model.count) * 100,
          committed: isCommitted
        )
        expect(machine.position(accepted: false), equals: expected)
        switch Int.random(in: 0..<10, using: &random) {
        case 0:
          let answer = UploadMachine.begin(begin, known: machine, now: 3)
          expect(answer, equals: .answer(machine.position(accepted: true)))
        case 1:
          let claimed = Array(model.prefix(Int.random(in: 0...model.count, using: &random)))
          let answer = machine.received(commit(claimed), now: 4)
          if isCommitted || claimed.count != model.count {
            let same = claimed.count == model.count
            expect(answer, equals: .answer(machine.position(accepted: isCommitted && same)))
          } else if case .end(let ended) = answer, model.isEmpty == false {
            machine.ended(ended)
            isCommitted = true
          } else {
            #expect(model.isEmpty)
          }
        default:
          let index = Int.random(in: 0...model.count + 1, using: &random)
          let payload = [UInt8.random(in: 0...2, using: &random)]
          let answer = received(
            block(UInt32(index), at: UInt64(index) * 100, payload),
            by: machine
          )
          if index < model.count {
            expect(answer, equals: .answer(machine.position(accepted: model[index] == payload)))
          } else if index == model.count, isCommitted == false {
            guard case .store = answer else { throw Unexpected() }
            try store(payload, in: &machine)
            model.append(payload)
          } else {
            expect(answer, equals: .answer(machine.position(accepted: false)))
          }
        }
      }
      // What a restarted collector reads back goes on in the same place.
      let again = UploadMachine(machine.upload, digests: model.map { SHA256.digest(of: $0) })
      expect(again.position(accepted: true), equals: machine.position(accepted: true))
    }
  }
}

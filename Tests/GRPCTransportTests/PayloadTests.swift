import GRPCTransport
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct PayloadTests {
  @Test(arguments: [0, 1, 23, 24, 1000, 100_000])
  func `bytes written into the core's memory are sent as they are`(length: Int) throws {
    let payload = Payload(capacity: length + 100) { bytes in
      for index in 0..<length { bytes[index] = UInt8(truncatingIfNeeded: index) }
      return length
    }
    let count = payload.count
    expect(count, equals: length)
    let bytes = payload.copyBytes()
    expect(bytes, equals: (0..<length).map { UInt8(truncatingIfNeeded: $0) })
  }

  @Test func `a fill that throws leaves nothing behind`() {
    struct Full: Error {}
    #expect(throws: Full.self) {
      _ = try Payload(capacity: 100_000) { _ in throw Full() }
    }
  }

  @Test func `a message in pieces can be read piece by piece and in one`() async throws {
    try await Fixture.run([.echo: .echo]) { fixture in
      let sent = (0..<500_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      let answer = try await fixture.channel.unary(.echo, Payload(sent))
      var pieces = 0
      var joined: [UInt8] = []
      answer.forEachSlice {
        pieces += 1
        joined += $0
      }
      #expect(pieces > 1)
      expect(joined, equals: sent)
      let contiguous = answer.withContiguous { Array($0) }
      expect(contiguous, equals: sent)
    }
  }

  @Test func `a body that is sent from where it is is let go once`() async throws {
    final class Block: RawBytesOwner, @unchecked Sendable {
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
      let released: Shared<Int>
      var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(memory) }

      init(_ released: Shared<Int>) {
        self.released = released
        memory.initializeMemory(as: UInt8.self, repeating: 9)
      }

      deinit {
        memory.deallocate()
        released.change { $0 += 1 }
      }
    }

    let released = Shared(0)
    try await Fixture.run([.upload: .upload]) { fixture in
      let call = try fixture.channel.stream(.upload)
      for _ in 0..<4 {
        try await call.send(Payload(header: [1, 2, 3], body: Block(released)))
      }
      try await call.halfClose()
      let answer = try await call.receive()?.text
      expect(answer, equals: String(4 * (3 + (1 << 20))))
      _ = try await call.finish()
      try await eventually { released.value == 4 }

      // Never sent at all.
      do {
        _ = Payload(header: [], body: Block(released))
      }
      expect(released.value, equals: 5)
    }
  }
}

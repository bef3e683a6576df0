import GRPCTransport
import Testing

/// A reader that stalls must stall its sender, at the cost of one window per stream.
@Suite(.serialized, .timeLimit(.minutes(1))) struct StalledReaderTests {
  @Test func `a sender gets no further than the window`() async throws {
    let release = Gate()
    let handler = Handler.streaming { _ in
      await release.wait()
      return nil
    }
    try await Fixture.run([.upload: handler]) { fixture in
      let call = try fixture.channel.stream(.upload)
      let accepted = Shared(0)
      let pushing = Task {
        while (try? await call.send(Payload([UInt8](repeating: 0, count: 16 << 10)))) != nil {
          accepted.change { $0 += 16 << 10 }
        }
      }
      try await eventually { accepted.value >= 128 << 10 }
      var before = -1
      while accepted.value != before {
        before = accepted.value
        try await Task.sleep(for: .milliseconds(300))
      }
      // The window of 256 KiB, what the core reads ahead of it, and one message under way.
      #expect(accepted.value <= 512 << 10)
      release.open()
      await pushing.value
    }
  }

  @Test(.enabled(if: !hasSanitizer))
  func `32 stalled streams with large messages cost a bounded resident size`() async throws {
    // In a process of its own, since other tests run meanwhile.
    let observed = \ExitTest.Result.standardOutputContent
    let result = await #expect(processExitsWith: .success, observing: [observed]) {
      let release = Gate()
      let handler = Handler.streaming { _ in
        await release.wait()
        return nil
      }
      try await Fixture.run([.upload: handler, .echo: .echo], grace: .zero) { fixture in
        _ = try await fixture.channel.unary(.echo, Payload([UInt8](repeating: 0, count: 1 << 20)))
        let before = residentSize()
        let channel = fixture.channel
        let pushing = (0..<32).map { _ in
          Task {
            let call = try channel.stream(.upload)
            while !Task.isCancelled {
              try await call.send(Payload([UInt8](repeating: 0, count: 2 << 20)))
            }
          }
        }
        try await Task.sleep(for: .seconds(2))
        let growth = residentSize() - before
        print("32 stalled streams: +\(growth >> 20) MiB, sender and receiver together")
        // 64 MiB are the sender's own messages. With the core's defaults it is over 1,000 MiB.
        #expect(growth < 128 << 20)
        for task in pushing { task.cancel() }
        release.open()
      }
    }
    if let output = result?.standardOutputContent {
      print(String(decoding: output, as: UTF8.self), terminator: "")
    }
  }
}

import GRPCTransport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ProcessMemoryTests {
  @Test(.enabled(if: !hasSanitizer))
  func `memory is given back, and everything works as before`() async throws {
    let observed = \ExitTest.Result.standardOutputContent
    let result = await #expect(processExitsWith: .success, observing: [observed]) {
      ProcessMemory.keepSmall()
      try await Fixture.run([.echo: .echo]) { fixture in
        let megabyte = [UInt8](repeating: 1, count: 1 << 20)
        for _ in 0..<20 { _ = try await fixture.channel.unary(.echo, Payload(megabyte)) }
        let before = residentSize()
        ProcessMemory.releaseUnused()
        let after = residentSize()
        #expect(after < before - (4 << 20))
        // What was dropped comes back when it is needed.
        for _ in 0..<20 {
          let answer = try await fixture.channel.unary(.echo, Payload(megabyte)).count
          #expect(answer == 1 << 20)
        }
        let later = residentSize()
        print("resident: \(before >> 20) MiB, released \(after >> 20), used again \(later >> 20)")
      }
    }
    if let output = result?.standardOutputContent {
      print(String(decoding: output, as: UTF8.self), terminator: "")
    }
  }
}

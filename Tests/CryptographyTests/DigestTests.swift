import Cryptography
import TestSupport
import Testing

@Suite struct DigestTests {
  @Test func `a digest goes to bytes and text and back`() throws {
    let digest = SHA256.digest(of: [1, 2, 3])

    expect(Digest(bytes: digest.bytes), equals: digest)
    expect(Digest(hexadecimal: digest.description), equals: digest)
    expect(Digest(hexadecimal: digest.description.uppercased()), equals: digest)
  }

  @Test(arguments: ["", "00", String(repeating: "0", count: 63), String(repeating: "g", count: 64)])
  func `what is no digest is none`(_ text: String) {
    #expect(Digest(hexadecimal: text) == nil)
    #expect(Digest(bytes: Array(text.utf8.prefix(31))) == nil)
  }

  @Test func `digests are ordered as their text is`() {
    let digests = (0..<100).map { SHA256.digest(of: [UInt8($0)]) }

    expect(digests.sorted().map(\.description), equals: digests.map(\.description).sorted())
  }
}

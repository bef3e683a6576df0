import Cryptography
import TestSupport
import Testing

@Suite struct SHA256Tests {
  // FIPS 180-4's examples.
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `the published examples`(_ text: String, digest: String) {
    expect(SHA256.digest(of: Array(text.utf8)).description, equals: digest)
  }

  @Test func `pieces give the digest of the whole`() {
    let bytes = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
    var whole = SHA256()
    for start in stride(from: 0, to: bytes.count, by: 77_777) {
      whole.update(Array(bytes[start..<min(start + 77_777, bytes.count)]))
    }

    let digest = whole.finish()

    expect(digest, equals: SHA256.digest(of: bytes))
    expect(
      digest.description,
      equals: "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
    )
  }
}

internal import Glibc

/// Gives back the pages of program files that a process has touched and will hardly touch again.
///
/// Starting a program maps and relocates its libraries, gRPC among them, which leaves some 10 MB of
/// clean file pages in a process that will only wait. They stay in the page cache, where the worker
/// shares them; what is needed again comes from there.
package enum ProgramPages {
  package static func giveBack() {
    let text = readWhole("/proc/self/smaps", limit: 4 << 20) ?? []
    for range in cleanFileRanges(String(decoding: text, as: UTF8.self)) {
      guard let start = UnsafeMutableRawPointer(bitPattern: range.lowerBound) else { continue }
      madvise(start, Int(range.upperBound - range.lowerBound), MADV_DONTNEED)
    }
  }

  /// Private mappings of files that cannot be written to and hold no page of their own: what is
  /// dropped there is what the file says.
  static func cleanFileRanges(_ text: String) -> [Range<UInt>] {
    var ranges: [Range<UInt>] = []
    var candidate: Range<UInt>?
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      if let range = range(fields) {
        let isFile = fields.count > 5 && fields[5].hasPrefix("/")
        candidate = isFile && ["r--p", "r-xp"].contains(fields[1]) ? range : nil
      } else if fields.first == "Anonymous:", let found = candidate {
        if fields.count > 1, fields[1] == "0" { ranges.append(found) }
        candidate = nil
      }
    }
    return ranges
  }

  /// The first line of a mapping is `7f00-7f10 r-xp 00000000 fd:00 123 /lib/x.so`.
  private static func range(_ fields: [Substring]) -> Range<UInt>? {
    guard fields.count >= 5 else { return nil }
    let bounds = fields[0].split(separator: "-")
    guard
      bounds.count == 2,
      let start = UInt(bounds[0], radix: 16), let end = UInt(bounds[1], radix: 16), start < end
    else { return nil }
    return start..<end
  }
}

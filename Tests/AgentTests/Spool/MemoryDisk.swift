import Agent
import TestSupport

/// A disk in memory that can fail, end the process, or lose its power at any of its acts.
///
/// Acts that change something are counted from 1. After a loss of power it holds what was synced,
/// and of what was not a beginning of random length, the rest of which may be zeros.
final class MemoryDisk: SpoolDisk {
  enum Mishap {
    /// This act fails, as a disk with a bad sector does.
    case fails
    /// There is no room for this act.
    case full
    /// The process ends in the middle of this act; nothing after it happens.
    case ends
  }

  private final class File {
    var content: [UInt8] = []
    var synced: [UInt8] = []
  }

  private var files: [String: File] = [:]
  private var lasting: [String: File] = [:]
  private var random: SeededGenerator
  private(set) var actCount = 0
  private(set) var hasEnded = false
  /// What happens at which act.
  var mishaps: [Int: Mishap] = [:]
  /// Bytes that all files together may have.
  var capacity = Int.max

  init(seed: UInt64 = 1) {
    random = SeededGenerator(seed: seed)
  }

  /// The disk as the next process finds it.
  func afterEnd(losingPower: Bool) -> MemoryDisk {
    let next = MemoryDisk(seed: random.next())
    for (name, file) in losingPower ? lasting : files {
      let copy = File()
      copy.content = losingPower ? remains(of: file) : file.content
      copy.synced = copy.content
      next.files[name] = copy
      next.lasting[name] = copy
    }
    return next
  }

  private func remains(of file: File) -> [UInt8] {
    guard file.content.starts(with: file.synced) else { return file.synced }
    let unsynced = file.content.count - file.synced.count
    let length = Int.random(in: 0...unsynced, using: &random)
    let zeros = Int.random(in: 0...length, using: &random)
    return Array(file.content.prefix(file.synced.count + length - zeros))
      + Array(repeating: 0, count: zeros)
  }

  // MARK: What tests do to it

  func bytes(of name: String) -> [UInt8]? { files[name]?.content }

  func change(_ name: String, at offset: Int) {
    files[name]?.content[offset] ^= 0x40
  }

  // MARK: SpoolDisk

  func names() throws(SpoolError) -> [String] {
    try live()
    return files.keys.sorted()
  }

  func size(of name: String) throws(SpoolError) -> UInt64 { UInt64(try file(name).content.count) }

  func read(_ name: String, at offset: UInt64, count: Int) throws(SpoolError) -> [UInt8] {
    Array(try file(name).content.dropFirst(Int(offset)).prefix(count))
  }

  func append(_ bytes: [UInt8], to name: String) throws(SpoolError) {
    let mishap = try act()
    let file = files[name] ?? File()
    files[name] = file
    let room = capacity - files.values.reduce(0) { $0 + $1.content.count }
    guard mishap == nil, bytes.count <= room else {
      let part = Int.random(in: 0...bytes.count, using: &random)
      file.content += bytes.prefix(min(part, max(room, 0)))
      throw error(mishap ?? .full)
    }
    file.content += bytes
  }

  func truncate(_ name: String, to size: UInt64) throws(SpoolError) {
    let mishap = try act()
    if let mishap { throw error(mishap) }
    let file = try file(name)
    file.content.removeLast(file.content.count - Int(size))
  }

  func rename(_ name: String, to other: String) throws(SpoolError) {
    let mishap = try act()
    if let mishap { throw error(mishap) }
    files[other] = try file(name)
    files[name] = nil
  }

  func remove(_ name: String) throws(SpoolError) {
    let mishap = try act()
    if let mishap { throw error(mishap) }
    _ = try file(name)
    files[name] = nil
  }

  func sync(_ name: String) throws(SpoolError) {
    let mishap = try act()
    if let mishap { throw error(mishap) }
    let file = try file(name)
    file.synced = file.content
  }

  func syncFolder() throws(SpoolError) {
    let mishap = try act()
    if let mishap { throw error(mishap) }
    lasting = files
  }

  private func file(_ name: String) throws(SpoolError) -> File {
    try live()
    guard let file = files[name] else { throw SpoolError(.missing, "no file \(name)") }
    return file
  }

  private func live() throws(SpoolError) {
    if hasEnded { throw SpoolError(.failed, "the process has ended") }
  }

  private func act() throws(SpoolError) -> Mishap? {
    try live()
    actCount += 1
    if mishaps[actCount] == .ends { hasEnded = true }
    return mishaps[actCount]
  }

  private func error(_ mishap: Mishap) -> SpoolError {
    switch mishap {
    case .fails, .ends: SpoolError(.failed, "the disk failed")
    case .full: SpoolError(.full, "the disk is full")
    }
  }
}

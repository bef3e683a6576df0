import Glibc

/// Bytes of this process that are in memory now.
func residentSize() -> Int {
  guard let file = fopen("/proc/self/statm", "r") else { return 0 }
  defer { fclose(file) }
  var text = [CChar](repeating: 0, count: 128)
  guard fgets(&text, 128, file) != nil else { return 0 }
  let fields = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
    .split(separator: " ")
  return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
}

/// Whether a sanitizer is on: it keeps freed memory, so sizes mean nothing.
let hasSanitizer = getenv("RETINUE_SANITIZER") != nil

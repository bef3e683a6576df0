import Agent
import Glibc
import TestSupport
import Testing

/// A host drawn in a folder.
private final class SketchedHost {
  let root: String

  init() {
    var template = Array("/tmp/retinue-host-XXXXXX".utf8CString)
    // swift-format-ignore: NeverForceUnwrap
    root = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
  }

  deinit {
    _ = system("rm -rf '\(root)'")
  }

  func write(_ path: String, _ text: String) {
    let folder = path.split(separator: "/").dropLast().joined(separator: "/")
    _ = system("mkdir -p '\(root)/\(folder)'")
    // swift-format-ignore: NeverForceUnwrap
    let file = fopen(root + "/" + path, "w")!
    fputs(text, file)
    fclose(file)
  }

  func situation(of process: Int32) -> MemorySituation? {
    HostMemory(processRoot: root + "/proc", controlGroupRoot: root + "/cg").situation(of: process)
  }
}

@Suite struct HostMemoryTests {
  private func host() -> SketchedHost {
    let host = SketchedHost()
    host.write("proc/meminfo", "MemTotal:  9000 kB\nMemAvailable:   4000 kB\n")
    host.write("proc/12/statm", "5000 100 50 1 0 400 0\n")
    return host
  }

  @Test func `a host without limits`() {
    let host = host()
    host.write("proc/12/cgroup", "0::/\n")

    expect(
      host.situation(of: 12),
      equals: MemorySituation(residentSize: 100 * 4_096, available: 4_000 * 1_024)
    )
    #expect(host.situation(of: 13) == nil)
  }

  @Test func `version 2 counts from the group outwards, without pages the kernel would drop`() {
    let host = host()
    host.write("proc/12/cgroup", "0::/pod.slice/app\n")
    host.write("cg/pod.slice/app/memory.max", "max\n")
    host.write("cg/pod.slice/app/memory.current", "700\n")
    host.write("cg/pod.slice/memory.max", "1000\n")
    host.write("cg/pod.slice/memory.current", "900\n")
    host.write("cg/pod.slice/memory.stat", "anon 1\ninactive_file 300\nactive_file 7\n")

    expect(
      host.situation(of: 12)?.limits,
      equals: [MemoryLimit(group: "/pod.slice", limit: 1_000, used: 600)]
    )
  }

  @Test func `version 1 counts where it names the controller`() {
    let host = host()
    host.write("proc/12/cgroup", "5:cpu,cpuacct:/x\n4:memory:/docker/a\n0::/y\n")
    host.write("cg/memory/docker/a/memory.limit_in_bytes", "5000\n")
    host.write("cg/memory/docker/a/memory.usage_in_bytes", "4000\n")
    host.write("cg/memory/docker/a/memory.stat", "total_inactive_file 1500\n")
    host.write("cg/memory/docker/memory.limit_in_bytes", "9223372036854771712\n")
    host.write("cg/memory/docker/memory.usage_in_bytes", "4000\n")

    expect(
      host.situation(of: 12)?.limits,
      equals: [MemoryLimit(group: "/docker/a", limit: 5_000, used: 2_500)]
    )
  }

  @Test func `this process is measured`() throws {
    let memory = HostMemory()
    let situation = try #require(memory.situation(of: getpid()))
    #expect(situation.residentSize > 1 << 20)
    #expect(situation.available > 1 << 20)
    #expect(try #require(memory.proportionalSize(of: getpid())) > 1 << 20)
  }
}

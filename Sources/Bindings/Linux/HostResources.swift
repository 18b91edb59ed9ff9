import SystemPackage

/// What the host has for work that is done at the same time.
public enum HostResources {
  /// The memory in bytes that can be used without swapping: MemAvailable in /proc/meminfo (proc(5)).
  /// Nil if the kernel does not say.
  public static var availableMemoryInBytes: UInt64? {
    guard
      let file = try? FileDescriptor.open("/proc/meminfo", .readOnly, options: .closeOnExec)
    else { return nil }
    defer { try? file.close() }
    let text = withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      let count = (try? file.read(into: buffer)) ?? 0
      return String(decoding: buffer[..<count], as: UTF8.self)
    }
    let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
    return line?.split(separator: " ").dropFirst().first.flatMap { UInt64($0) }.map { $0 << 10 }
  }
}

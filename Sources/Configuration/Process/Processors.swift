import SystemPackage

/// The processors of the host.
package enum Processors {
  /// The number of processors on which the calling thread may run, at least 1.
  ///
  /// It is that of sched_getaffinity(2), which Swift does not import: `Cpus_allowed` in
  /// /proc/thread-self/status (proc(5)).
  package static var count: Int {
    guard
      let file = try? FileDescriptor.open(
        "/proc/thread-self/status", .readOnly, options: .closeOnExec)
    else { return 1 }
    defer { try? file.close() }
    let text = withUnsafeTemporaryAllocation(byteCount: 1 << 14, alignment: 1) { buffer in
      let count = (try? file.read(into: buffer)) ?? 0
      return String(decoding: buffer[..<count], as: UTF8.self)
    }
    let mask = text.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed:") } ?? ""
    return max(
      1, mask.dropFirst(13).compactMap(\.hexDigitValue).map(\.nonzeroBitCount).reduce(0, +))
  }
}

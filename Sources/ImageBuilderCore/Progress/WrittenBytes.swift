/// How much this process and the programs that it has waited for have written to files.
enum WrittenBytes {
  /// Bytes of pages that became dirty or were written around the page cache (proc(5),
  /// /proc/PID/io); a tmpfs has none. The kernel adds those of a child when it is waited for, so
  /// what a program left running is not in it.
  ///
  /// - Returns: nil where the kernel does not count.
  static func now() -> UInt64? {
    let name = "write_bytes: "
    return try? FileAccess.text(of: "/proc/self/io").split(separator: "\n")
      .first { $0.hasPrefix(name) }
      .flatMap { UInt64($0.dropFirst(name.count)) }
  }
}

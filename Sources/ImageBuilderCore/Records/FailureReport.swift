import Configuration
import SystemPackage

/// Why a stage failed, told by the stage to the build: a file that has its place on the disk before
/// the disk is full.
enum FailureReport {
  private static let sizeInBytes = 32 << 10
  private static let blank = UInt8(ascii: " ")

  /// Makes the file; its text may hold private values, which only the build filters.
  ///
  /// - Throws: `LinuxError`.
  static func reserve(_ paths: BuildPaths) throws {
    try FileAccess.write(
      String(repeating: " ", count: sizeInBytes), to: paths.failure,
      permissions: [.ownerReadWrite], waitsForDisk: false)
  }

  /// Writes the end of `text` into the file.
  static func write(_ text: String, _ paths: BuildPaths) {
    let bytes = Array(text.utf8.suffix(sizeInBytes))
    let file = try? FileDescriptor.open(
      paths.failure, .writeOnly, options: [.closeOnExec, .noFollow])
    _ = try? file?.closeAfter { try file?.writeAll(toAbsoluteOffset: 0, bytes) }
  }

  /// What was written; nil when nothing was.
  static func text(_ paths: BuildPaths) -> String? {
    guard let bytes = try? FileAccess.bytes(of: paths.failure),
      let last = bytes.lastIndex(where: { $0 != blank })
    else { return nil }
    return String(decoding: bytes[...last], as: UTF8.self)
  }
}

import Configuration
import SystemPackage

/// Passes the reason why a stage failed from the stage to the build, in a file that is allocated in
/// advance so that a full disk does not matter.
enum FailureReport {
  private static let sizeInBytes = 32 << 10
  private static let blank = UInt8(ascii: " ")

  /// Creates the file. Its text can contain private values; the build filters them.
  ///
  /// - Throws: `LinuxError`.
  static func reserve(_ paths: BuildPaths) throws {
    try FileAccess.write(
      String(repeating: " ", count: sizeInBytes), to: paths.failure,
      permissions: [.ownerReadWrite], waitsForDisk: false)
  }

  /// Writes the text to the file. If it is too long, its beginning is omitted.
  static func write(_ text: String, _ paths: BuildPaths) {
    let bytes = Array(text.utf8.suffix(sizeInBytes))
    let file = try? FileDescriptor.open(
      paths.failure, .writeOnly, options: [.closeOnExec, .noFollow])
    _ = try? file?.closeAfter { try file?.writeAll(toAbsoluteOffset: 0, bytes) }
  }

  /// The text in the file; nil if none was written.
  static func text(_ paths: BuildPaths) -> String? {
    guard let bytes = try? FileAccess.bytes(of: paths.failure),
      let last = bytes.lastIndex(where: { $0 != blank })
    else { return nil }
    return String(decoding: bytes[...last], as: UTF8.self)
  }
}

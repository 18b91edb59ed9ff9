import Glibc
import SystemPackage

/// The ext4 filesystem in an image, read with debugfs: nothing is mounted.
///
/// Paths are the filesystem's own; links in them are followed there.
struct FilesystemReader: Sendable {
  /// What debugfs tells of a file.
  struct Status {
    let kind: String
    let sizeInBytes: UInt64
    /// The target of a link that is stored in the inode.
    let shortTarget: String?

    var isFilledFile: Bool { kind == "regular" && sizeInBytes > 0 }
  }

  private static let longestTextInBytes: UInt64 = 1 << 16

  /// The image and the filesystem's place in it, as e2fsprogs take them.
  let location: String
  private let scratch: FilePath

  /// - Parameter scratch: an empty directory for copies.
  init(in image: RawDiskImage, at offsetInBytes: UInt64, scratch: FilePath) {
    location = "\(image.path)?offset=\(offsetInBytes)"
    self.scratch = scratch
  }

  /// Whether debugfs can be asked for a path, which it reads as words of a line.
  static func isPlain(_ path: String) -> Bool {
    path.hasPrefix("/") && path.utf8.count < 4096
      && path.unicodeScalars.allSatisfy {
        $0.isASCII
          && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
            || "/._+:@=~-".unicodeScalars.contains($0))
      }
  }

  /// Nil when there is no such file.
  func status(_ path: String) async throws -> Status? {
    let text = try await ask("stat", path)
    guard let kind = field("Type: ", of: text), let size = field("Size: ", of: text) else {
      return nil
    }
    let target = text.split(separator: "\n").first { $0.hasPrefix("Fast link dest: \"") }
    return Status(
      kind: kind, sizeInBytes: UInt64(size) ?? 0,
      shortTarget: target.map { String($0.dropFirst(17).dropLast()) })
  }

  /// The names in a directory; empty when there is none.
  func names(in directory: String) async throws -> [String] {
    try await ask("ls -p", directory).split(separator: "\n").compactMap { line in
      // /INODE/MODE/USER/GROUP/NAME/SIZE/
      let fields = line.split(separator: "/", omittingEmptySubsequences: false)
      guard fields.count == 8, fields[0].isEmpty, fields[5] != ".", fields[5] != ".." else {
        return nil
      }
      return String(fields[5])
    }
  }

  /// The content of a small file; nil when there is none.
  func text(of path: String) async throws -> String? {
    guard let status = try await status(path), status.sizeInBytes <= Self.longestTextInBytes
    else { return nil }
    if let target = status.shortTarget { return target }
    let copy = try await copy(path)
    return try UntrustedFile.text(of: copy, maximumSizeInBytes: Int(Self.longestTextInBytes))
  }

  /// A copy of a file that is there.
  func copy(_ path: String) async throws -> FilePath {
    let target = scratch.appending("file")
    unlink(target.string)
    _ = try await ask("dump", path, target.string)
    return target
  }

  private func ask(_ request: String, _ words: String...) async throws -> String {
    try await Command("debugfs", ["-R", ([request] + words).joined(separator: " "), location])
      .text()
  }

  private func field(_ name: String, of text: String) -> String? {
    text.split(separator: name, maxSplits: 1).dropFirst().first?
      .split(whereSeparator: \.isWhitespace).first.map(String.init)
  }
}

import Glibc
import SystemPackage

/// Reads the ext4 filesystem in an image with debugfs, without mounting it.
///
/// Paths are those of the filesystem. Symbolic links are followed within it.
struct FilesystemReader: Sendable {
  /// What debugfs reports about a file.
  struct Status {
    let kind: String
    let sizeInBytes: UInt64
    /// The target of a symbolic link that is stored in its inode.
    let shortTarget: String?

    var isFilledFile: Bool { kind == "regular" && sizeInBytes > 0 }
  }

  private static let longestTextInBytes: UInt64 = 1 << 16

  private static let image = "disk"
  private static let copy = "file"

  /// The name of the image in `scratch` and the offset of the filesystem, in the form that
  /// e2fsprogs accept.
  private let location: String
  private let scratch: FilePath

  /// - Parameter scratch: an empty directory for copies of files.
  /// - Throws: `LinuxError`.
  init(in image: RawDiskImage, at offsetInBytes: UInt64, scratch: FilePath) throws {
    try PlainNames(directory: scratch).set(Self.image, to: image.path)
    location = "\(Self.image)?offset=\(offsetInBytes)"
    self.scratch = scratch
  }

  /// A program of e2fsprogs with the filesystem as its last argument.
  func command(_ program: String, _ arguments: [String]) -> Command {
    Command(program, arguments + [location], workingDirectory: scratch)
  }

  /// Whether a path can be passed to debugfs, which splits its command line into words.
  static func isPlain(_ path: String) -> Bool {
    path.hasPrefix("/") && path.utf8.count < 4096
      && path.unicodeScalars.allSatisfy {
        $0.isASCII
          && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
            || "/._+:@=~-".unicodeScalars.contains($0))
      }
  }

  /// The status of a file; nil if there is no such file.
  ///
  /// - Throws: `CommandFailure`.
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

  /// The names in a directory; empty if there is no such directory.
  ///
  /// - Throws: `CommandFailure`.
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

  /// The content of a file, or the target of a symbolic link that is stored in its inode.
  ///
  /// - Returns: nil if there is no such file, or if it is larger than 64 KiB.
  /// - Throws: `CommandFailure`; `Errno` and `UntrustedFile.Refusal` if the copy cannot be read.
  func text(of path: String) async throws -> String? {
    guard let status = try await status(path), status.sizeInBytes <= Self.longestTextInBytes
    else { return nil }
    if let target = status.shortTarget { return target }
    let copy = try await copy(path)
    return try UntrustedFile.text(of: copy, maximumSizeInBytes: Int(Self.longestTextInBytes))
  }

  /// Copies an existing file to the scratch directory. The next copy replaces it.
  ///
  /// - Throws: `CommandFailure`.
  func copy(_ path: String) async throws -> FilePath {
    let target = scratch.appending(Self.copy)
    unlink(target.string)
    _ = try await ask("dump", path, Self.copy)
    return target
  }

  private func ask(_ request: String, _ words: String...) async throws -> String {
    try await command("debugfs", ["-R", ([request] + words).joined(separator: " ")]).text()
  }

  private func field(_ name: String, of text: String) -> String? {
    text.split(separator: name, maxSplits: 1).dropFirst().first?
      .split(whereSeparator: \.isWhitespace).first.map(String.init)
  }
}

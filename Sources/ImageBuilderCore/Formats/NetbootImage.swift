import Bindings
import Configuration
import SystemPackage

/// `OUTVERSION.netboot-*` and `OUTVERSION.netboot.ipxe`: the files from which iPXE starts the system,
/// with BIOS and with UEFI. The raw image is in a SquashFS, which a second initramfs holds.
struct NetbootImage: LiveFormat {
  static let name = "netboot"
  static let option = Options.image.makesNetboot
  static let compressionTypes = ["cpio+squashfs"]
  static let needsBootLoader = false
  static let scriptExtension = ".ipxe"
  private static let rootExtension = "netboot-root.img"
  /// The files of an image: the second initramfs, kernel, initramfs and script.
  private static let extensions = [
    rootExtension, "netboot-vmlinuz", "netboot-initramfs.img", "netboot\(scriptExtension)",
  ]
  /// Larger texts are none.
  private static let largestTextInBytes = 1 << 16
  /// The kernel argument for a medium that is in the initramfs.
  private static let medium = "live.memory"

  /// The memory that the files of a set of this size take: the initramfs as it was loaded and as it
  /// was unpacked.
  static func memoryInBytes(forFilesOf sizeInBytes: UInt64) -> UInt64 { 2 * sizeInBytes }

  init(_ configuration: Configuration) {}

  var tools: [RequiredTool] { LiveSquash.tools }

  static func tools(toRead image: ReadManifest.RawImage) -> [RequiredTool] { [SquashedImage.tool] }

  func make(_ context: FormatContext) async throws -> [MadeImage] {
    let media = context.liveMedia()
    let squash = try await media.squash.file()
    let size = try FileAccess.sizeInBytes(of: squash)
    try Self.checkSize(size)
    let outputs = Self.extensions.map { context.stage.paths.output($0) }
    let (root, kernel, initramfs, script) = (outputs[0], outputs[1], outputs[2], outputs[3])
    let files = try await media.files(context)
    try await BlockingWork.run { _ in
      let directory = LiveFiles.directory
      try NewcArchive(
        members: [
          (directory, .directory),
          ("\(directory)/\(LiveFiles.squash)", .file(squash, sizeInBytes: size)),
        ] + files.small().map { ("\(directory)/\($0.name)", .bytes($0.bytes)) } + files.keyMembers,
        timestamp: context.timestamp
      ).write(to: FormatContext.partial(root))
      try FileAccess.link(media.system.kernel, to: FormatContext.partial(kernel))
      try FileAccess.link(media.system.initramfs, to: FormatContext.partial(initramfs))
    }
    try checkArguments(media.system.arguments)
    try FileAccess.write(
      Self.script(of: outputs.map { $0.lastComponent!.string }, media.system.arguments),
      to: FormatContext.partial(script))
    return [
      MadeImage(
        key: Self.name, files: outputs.map { .init(path: $0) },
        compressionType: Self.compressionTypes[0],
        content: .rawImage(sizeInBytes: context.image.sizeInBytes))
    ]
  }

  /// - Parameters:
  ///   - names: the names of all files.
  ///   - arguments: those of the boot loader entry, without `root=`.
  private static func script(of names: [String], _ arguments: [String]) -> String {
    LiveMenu.ipxe(
      kernel: names[1], initramfs: [names[2], names[0]],
      arguments: LiveMenu.arguments(arguments, medium: medium))
  }

  /// - Throws: `LiveMediumError` if a SquashFS does not fit into an initramfs.
  static func checkSize(_ squashSizeInBytes: UInt64) throws(LiveMediumError) {
    guard squashSizeInBytes <= NewcArchive.largestFileInBytes else {
      throw .netbootTooLarge(
        sizeInBytes: squashSizeInBytes, maximumInBytes: NewcArchive.largestFileInBytes)
    }
  }

  /// Hooks may have changed the boot loader entry.
  private func checkArguments(_ arguments: [String]) throws {
    for argument in arguments {
      if let problem = IPXESyntax.problem(argument) {
        throw LiveSystemError.argumentForIPXE(argument, problem: problem)
      }
    }
  }

  static func check(
    _ file: FilePath, _ expected: ReadManifest.RawImage, scratch: FilePath
  ) async throws {
    let members: [NewcArchive.Member]
    do {
      members = try NewcArchive.members(in: file)
    } catch let refusal as UntrustedFile.Refusal {
      throw ExtractedImage.Mismatch(description: refusal.reason)
    }
    let content = try UntrustedFile.open(file)
    defer { try? content.close() }
    func bytes(_ number: Int) throws -> [UInt8] {
      guard members.indices.contains(number),
        members[number].sizeInBytes <= UInt64(largestTextInBytes)
      else { return [] }
      return try content.bytes(
        Int(members[number].sizeInBytes), at: members[number].offsetInBytes)
    }
    let name = String(decoding: try bytes(2), as: UTF8.self)
    let checksum = Array(ChecksumLine.text(expected.digest, name).utf8)
    guard isName(name), lists(of: name).contains(where: { isList($0, of: members) }),
      try bytes(3) == checksum
    else {
      throw ExtractedImage.Mismatch(
        description: "does not consist of " + lists(of: "NAME")[0].joined(separator: ", ")
          + " with SHA-256 \(expected.digest), and with a signature and keys or neither; found "
          + members.map(\.name.debugDescription).joined(separator: ", "))
    }
    let squash = SquashedImage(file: file, offsetInBytes: members[1].offsetInBytes)
    try squash.requireSize(members[1].sizeInBytes)
    try await squash.check(expected)
  }

  /// The members of archives without and with a signature.
  ///
  /// - Parameter name: of the raw image.
  private static func lists(of name: String) -> [[String]] {
    let directory = LiveFiles.directory
    let unsigned = [
      directory, "\(directory)/\(LiveFiles.squash)", "\(directory)/\(LiveFiles.nameFile)",
      "\(directory)/\(name).sha256",
    ]
    return [
      unsigned,
      unsigned + [
        "\(directory)/\(name).asc", LiveFiles.keyDirectory,
        "\(LiveFiles.keyDirectory)/\(LiveFiles.keyring)",
      ],
    ]
  }

  private static func isList(_ names: [String], of members: [NewcArchive.Member]) -> Bool {
    names.map { ExactName($0) } == members.map { ExactName($0.name) }
      && members.allSatisfy {
        $0.isDirectory == [LiveFiles.directory, LiveFiles.keyDirectory].contains($0.name)
      }
  }

  /// Whether a name has one meaning as a file, in a URL, and in a script of iPXE.
  private static func isName(_ name: String) -> Bool {
    ZipEntry.isPlain(name) && !name.utf8.contains { " /".utf8.contains($0) }
      && IPXESyntax.problem(name) == nil
  }

  /// The script must be the one that this program writes of its files, with any kernel arguments.
  static func checkOtherFiles(of image: ReadManifest.Image, in directory: FilePath) throws {
    let version = String(image.file.text.dropLast(rootExtension.utf8.count + 1))
    let names = extensions.map { "\(version).\($0)" }
    guard image.files.map({ ExactName($0) }) == names.map({ ExactName($0) }), isName(version) else {
      throw ExtractedImage.Mismatch(
        description: "does not belong to a set of NAME."
          + extensions.joined(separator: ", NAME.") + "; the manifest has "
          + image.files.joined(separator: ", "))
    }
    let found = try UntrustedFile.bytes(
      of: directory.appending(names[3]), maximumSizeInBytes: largestTextInBytes)
    let parts = script(of: names, ["\0"]).utf8.split(separator: 0)
    // The arguments of the entry are between blanks; without any, there is one.
    let (before, after) = (Array(parts[0].dropLast()), Array(parts[1]))
    let arguments = found.dropFirst(before.count).dropLast(after.count)
    guard before + Array(arguments) + after == found,
      arguments.isEmpty
        || arguments.first == UInt8(ascii: " ")
          && IPXESyntax.problem(String(decoding: arguments.dropFirst(), as: UTF8.self)) == nil
    else {
      throw ExtractedImage.Mismatch(
        description: "belongs to a script \(names[3]) that is not the one that this program writes "
          + "for these files, but for the kernel arguments")
    }
  }
}

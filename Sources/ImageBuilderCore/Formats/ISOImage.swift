import Bindings
import Configuration
import SystemPackage

/// `OUTVERSION.iso`: a medium from which the system runs and is installed, for CDs and USB sticks,
/// BIOS and UEFI. The raw image is in a SquashFS on it.
struct ISOImage: LiveFormat {
  static let name = "iso"
  static let option = Options.image.makesISO
  /// As EIB names it.
  static let compressionTypes = ["iso+squashfs"]
  static let needsBootLoader = true

  private let largestSizeInBytes: UInt64?
  private let label: String

  init(_ configuration: Configuration) throws {
    largestSizeInBytes = try configuration.value(Options.iso.largestSize)
    label = try configuration.value(Options.iso.label)
  }

  var tools: [RequiredTool] { LiveSquash.tools + ISOBuilder.tools }

  static func tools(toRead image: ReadManifest.RawImage) -> [RequiredTool] {
    [ISOBuilder.xorriso, SquashedImage.tool]
  }

  func make(_ context: FormatContext) async throws -> [MadeImage] {
    let media = context.liveMedia()
    let path = context.stage.paths.output("iso")
    let partial = FormatContext.partial(path)
    let squash = try await media.squash.file()
    let label = label(media)
    if self.label.isEmpty, label.count == VolumeLabel.longestLength {
      context.stage.say(
        "warning: the volume label \(label) has no room for more, so other images may have it, too, "
          + "and two such media must not be in one computer; \(Options.iso.label.name) sets "
          + "another")
    }
    try await ISOBuilder(
      system: media.system, files: media.files(context), squash: squash, label: label,
      menu: media.menu(), tools: ImageTools(timestamp: context.timestamp)
    ).make(at: partial)
    let size = try FileAccess.sizeInBytes(of: partial)
    if let largest = largestSizeInBytes, size > largest {
      throw LiveMediumError.isoTooLarge(sizeInBytes: size, maximumInBytes: largest)
    }
    return [
      MadeImage(
        key: Self.name, files: [.init(path: path)], compressionType: Self.compressionTypes[0],
        content: .rawImage(sizeInBytes: context.image.sizeInBytes))
    ]
  }

  private func label(_ media: LiveMedia) -> String {
    label.isEmpty
      ? VolumeLabel.text(
        productName: media.productName, version: media.system.version,
        personality: media.personality)
      : label
  }

  /// The SquashFS is read where it is in the ISO image, so nothing is extracted by its name.
  static func check(
    _ file: FilePath, _ expected: ReadManifest.RawImage, scratch: FilePath
  ) async throws {
    let command = Command(
      "xorriso",
      [
        "-no_rc", "-abort_on", "FATAL", "-report_about", "SORRY", "-indev", "stdio:\(file)",
        "-find", "/\(LiveFiles.directory)/\(LiveFiles.squash)", "-type", "f", "-exec",
        "report_lba", "--",
      ])
    let report: String
    do {
      report = try await command.text()
    } catch let failure as CommandFailure {
      if case .notStarted = failure.reason { throw failure }
      throw ExtractedImage.Mismatch(
        description: "cannot be read: \(failure.lastLines.joined(separator: "; "))")
    }
    guard let offset = offsetInBytes(report) else {
      throw ExtractedImage.Mismatch(
        description: "has no file \(LiveFiles.directory)/\(LiveFiles.squash)")
    }
    try await SquashedImage(file: file, offsetInBytes: offset).check(expected)
  }

  /// The first block of the file in a report of xorriso, which has a line for each extent:
  /// `File data lba:  0 , START , BLOCKS , SIZE , 'PATH'`.
  private static func offsetInBytes(_ report: String) -> UInt64? {
    for line in report.split(separator: "\n") where line.hasPrefix("File data lba:") {
      let fields = line.dropFirst(14).split(separator: ",").map {
        $0.filter { !$0.isWhitespace }
      }
      if fields.count >= 5, fields[0] == "0", let start = UInt64(fields[1]), start < 1 << 32 {
        return start * 2048
      }
    }
    return nil
  }
}

/// A live medium that cannot be made.
enum LiveMediumError: ExitStatusError, CustomStringConvertible {
  case isoTooLarge(sizeInBytes: UInt64, maximumInBytes: UInt64)
  case netbootTooLarge(sizeInBytes: UInt64, maximumInBytes: UInt64)

  var exitStatus: ExitStatus { .failure }

  var description: String {
    switch self {
    case .isoTooLarge(let size, let maximum):
      "the ISO image would be \(formattedSize(size)), \(formattedSize(size - maximum)) more than "
        + "iso:max_size (\(formattedSize(maximum))) allows; take content out, raise that option, or "
        + "raise live:compression_level"
    case .netbootTooLarge(let size, let maximum):
      "the SquashFS for image:netboot has \(size) bytes, and a file of an initramfs at most "
        + "\(maximum); take content out, raise live:compression_level, or set image:netboot to false"
    }
  }
}

import Configuration
import Glibc
import SystemPackage

/// The files in OUTDIR, and the lists that cover them.
struct OutputListing {
  /// SHA256SUMS and its signature.
  static let checksumList = "SHA256SUMS"
  static let checksumListSignature = "SHA256SUMS.gpg"
  /// The suffixes of files that describe the run. They differ from run to run.
  static let runRecords =
    [".build.txt", ".check.json"]
    + bootNames.flatMap { [consoleRecord(of: $0), screenRecord(of: $0)] }.map { ".\($0)" }

  /// The keys in `images` of the manifest of what the boot test boots. The disk image comes first.
  private static let bootedFormats = ["full", "qcow2", "iso", "netboot"]
  private static let bootNames = Firmware.allCases.flatMap { firmware in
    bootedFormats.map { bootName(of: $0, under: firmware) }
  }

  /// The name of a boot: `uefi` for the disk image, `iso-uefi` for another image.
  static func bootName(of format: String, under firmware: Firmware) -> String {
    format == bootedFormats[0] ? firmware.rawValue : "\(format)-\(firmware.rawValue)"
  }

  /// The extensions of the console and screen that the boot with a name records.
  static func consoleRecord(of boot: String) -> String { "console-\(boot).txt" }
  static func screenRecord(of boot: String) -> String { "screen-\(boot).png" }

  let directory: FilePath
  /// The names relative to the directory, including those in subdirectories, sorted by bytes.
  let names: [String]

  private let runRecords: Set<String>

  init(_ paths: BuildPaths) {
    self.init(paths.outputDirectory, version: paths.outputVersion)
  }

  /// - Parameter version: OUTVERSION.
  init(_ directory: FilePath, version: String) {
    self.directory = directory
    names = Directories.files(below: directory)
    runRecords = Set(Self.runRecords.map { "\(version)\($0)" })
  }

  /// The names that manifest.json lists.
  func artifacts(excluding manifest: String) -> [String] {
    covered.filter { $0 != manifest }
  }

  /// The names that SHA256SUMS lists.
  var covered: [String] {
    let present = Set(names.map { ExactName($0) })
    let images = Dictionary(
      present.compactMap { image in Self.rawName(image).map { ($0, image) } },
      uniquingKeysWith: { first, _ in first })
    return names.filter { name in
      name != Self.checksumList && !runRecords.contains(name)
        && Sidecar(ExactName(name), of: present, images) == nil
    }
  }

  /// The name of the raw image in a file that has the name of a compressed image.
  private static func rawName(_ image: ExactName) -> ExactName? {
    let names = Compression.allCases.lazy.compactMap { Sidecar.rawName(image, $0) }
    return names.first { $0.text.hasSuffix(".img") }
  }
}

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
    + Firmware.allCases.flatMap { [consoleRecord(of: $0), screenRecord(of: $0)] }.map { ".\($0)" }

  /// The extensions of the console and screen that a boot test records.
  static func consoleRecord(of firmware: Firmware) -> String { "console-\(firmware.rawValue).txt" }
  static func screenRecord(of firmware: Firmware) -> String { "screen-\(firmware.rawValue).png" }

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

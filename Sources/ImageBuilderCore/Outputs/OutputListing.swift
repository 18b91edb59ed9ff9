import Configuration
import Glibc
import SystemPackage

/// The files in OUTDIR, and the lists that cover them.
struct OutputListing {
  /// SHA256SUMS and its signature.
  static let checksumList = "SHA256SUMS"
  static let checksumListSignature = "SHA256SUMS.gpg"
  /// The suffixes of files that accompany an artifact and are not artifacts themselves.
  private static let sidecars = [".asc", ".gpg", ".sha256", ".size"]
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

  init(_ directory: FilePath) {
    self.directory = directory
    names = Directories.files(below: directory)
  }

  /// The names that manifest.json lists.
  func artifacts(excluding manifest: String) -> [String] {
    covered.filter { $0 != manifest }
  }

  /// The names that SHA256SUMS lists.
  var covered: [String] {
    names.filter { name in
      name != Self.checksumList
        && !(Self.sidecars + Self.runRecords).contains { name.hasSuffix($0) }
    }
  }
}

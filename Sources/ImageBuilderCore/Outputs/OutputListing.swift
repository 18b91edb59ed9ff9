import Configuration
import Glibc
import SystemPackage

/// The files of OUTDIR, and which list covers which.
struct OutputListing {
  /// SHA256SUMS and its signature.
  static let checksumList = "SHA256SUMS"
  static let checksumListSignature = "SHA256SUMS.gpg"
  /// What accompanies an artifact: it is not one itself.
  private static let sidecars = [".asc", ".gpg", ".sha256", ".size"]
  /// How the names end of what describes the run and differs from one to the next.
  static let runRecords =
    [".build.txt", ".check.json"]
    + Firmware.allCases.flatMap { [consoleRecord(of: $0), screenRecord(of: $0)] }.map { ".\($0)" }

  /// The extensions of what is kept of a boot test.
  static func consoleRecord(of firmware: Firmware) -> String { "console-\(firmware.rawValue).txt" }
  static func screenRecord(of firmware: Firmware) -> String { "screen-\(firmware.rawValue).png" }

  let directory: FilePath
  /// Names relative to the directory, also in folders, sorted by bytes.
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

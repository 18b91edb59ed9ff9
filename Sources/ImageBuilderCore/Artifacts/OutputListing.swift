import Glibc
import SystemPackage

/// The files of OUTDIR, and which list covers which.
struct OutputListing {
  /// SHA256SUMS and its signature.
  static let checksumList = "SHA256SUMS"
  static let checksumListSignature = "SHA256SUMS.gpg"
  /// What accompanies an artefact: it is not one itself.
  private static let companions = [".asc", ".gpg", ".sha256", ".size"]
  /// How the names end of what describes the run and differs from one to the next.
  static let runRecords =
    [".build.txt", ".check.json"]
    + Firmware.allCases.flatMap { BootGate.records(of: $0).map { ".\($0)" } }

  let directory: FilePath
  /// Names relative to the directory, also in folders, sorted by bytes.
  let names: [String]

  init(_ directory: FilePath) {
    self.directory = directory
    names = Self.files(in: directory, below: "")
  }

  /// The names that manifest.json lists.
  func artefacts(excluding manifest: String) -> [String] {
    covered.filter { $0 != manifest }
  }

  /// The names that SHA256SUMS lists.
  var covered: [String] {
    names.filter { name in
      name != Self.checksumList
        && !(Self.companions + Self.runRecords).contains { name.hasSuffix($0) }
    }
  }

  private static func files(in directory: FilePath, below prefix: String) -> [String] {
    BuildDirectories.names(in: directory).flatMap { name in
      let path = directory.appending(name)
      var status = stat()
      guard lstat(path.string, &status) == 0 else { return [String]() }
      return status.st_mode & S_IFMT == S_IFDIR
        ? files(in: path, below: prefix + name + "/") : [prefix + name]
    }
  }
}

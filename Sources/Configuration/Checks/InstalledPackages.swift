import SystemPackage

/// The Debian packages of the host, from dpkg's record of them.
struct InstalledPackages: Sendable {
  private static let record: FilePath = "/var/lib/dpkg/status"

  private let names: Set<String>

  /// Returns the packages of this host; nil if it has no dpkg.
  static let ofHost: InstalledPackages? = (try? TextFile.bytes(of: record)).map {
    InstalledPackages(record: $0)
  }

  /// Reads a record in the format of `/var/lib/dpkg/status`.
  init(record: [UInt8]) {
    var names: Set<String> = []
    var current = ""
    for line in record.split(separator: UInt8(ascii: "\n")) {
      if let name = Self.value("Package: ", of: line) {
        current = name
      } else if let status = Self.value("Status: ", of: line) {
        if status.hasSuffix(" installed") { names.insert(current) } else { current = "" }
      } else if !current.isEmpty, let provided = Self.value("Provides: ", of: line) {
        // A name may have a version: "awk, mail-reader (= 2)".
        names.formUnion(
          provided.split(separator: ",").compactMap { $0.split(separator: " ").first }
            .map(Self.name))
      }
    }
    self.names = names
  }

  /// Returns whether a package, or one that provides it, is installed.
  ///
  /// - Parameter request: a name as apt-get accepts it, possibly with an architecture or a version.
  func contains(_ request: String) -> Bool {
    names.contains(Self.name(request[...]))
  }

  /// Returns the name in a request without `:ARCHITECTURE`, `=VERSION` and `/RELEASE`.
  private static func name(_ request: Substring) -> String {
    String(request.prefix { !":=/".contains($0) })
  }

  private static func value(_ field: String, of line: ArraySlice<UInt8>) -> String? {
    guard line.starts(with: field.utf8) else { return nil }
    return String(decoding: line.dropFirst(field.utf8.count), as: UTF8.self)
  }
}

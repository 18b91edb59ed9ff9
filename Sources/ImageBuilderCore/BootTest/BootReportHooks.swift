import Configuration
import SystemPackage

/// The image hooks that make the booted system report. A site with its own hooks and data may have
/// none.
struct BootReportHooks {
  private static let dataFile = "boot-report"

  private let texts: [String]
  private let paths: BuildPaths

  /// - Throws: `ConfigurationError`.
  init(_ configuration: Configuration, _ paths: BuildPaths) throws {
    self.paths = paths
    texts = try HookFiles(section: HookGroup.image.rawValue, paths).hooks(of: configuration).found
      .map { String(decoding: (try? FileAccess.bytes(of: $0.path)) ?? [], as: UTF8.self) }
  }

  /// The reason why no report can come; nil if there is none.
  var problem: String? {
    let reporting = texts.filter { $0.contains(BootReport.portName) }
    guard !reporting.isEmpty else { return "no hook in image:hooks installs one (60-boot-report)" }
    let data = paths.dataDirectory.appending(Self.dataFile)
    let isNeeded = reporting.allSatisfy { $0.contains("EIB_DATADIR/\(Self.dataFile)") }
    return isNeeded && !Directories.exists(data) ? "there is no \(data)" : nil
  }
}

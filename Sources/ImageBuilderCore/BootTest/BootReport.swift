import Configuration
import FoundationEssentials

/// The report of the booted system, from the port to which the hook 60-boot-report writes.
///
/// The machine is not trusted: the report may have any size and any content.
struct BootReport: Sendable, Equatable {
  static let portName = "org.image-builder.boot-report"
  static let maximumLengthInBytes = 1 << 16
  private static let maximumTextLength = 200
  private static let maximumUnits = 50
  /// Twice the kernel's limit.
  private static let maximumCommandLineLengthInBytes = 4096

  let state: String
  let failedUnits: [String]
  let commit: String
  let system: OSRelease
  /// The arguments of the kernel, without double quotes.
  let kernelArguments: [String]
  /// Whether UEFI says that Secure Boot is on.
  let isSecureBootOn: Bool

  private struct Line: Decodable {
    let commandLine, commit, id, state, version: String
    let failed: [String]
    let secureBoot: Bool?

    enum CodingKeys: String, CodingKey {
      case commandLine = "cmdline"
      case secureBoot = "secure_boot"
      case commit, failed, id, state, version
    }
  }

  /// - Throws: `BootFailure.unreadableReport`.
  init(parsing line: some Sequence<UInt8>) throws(BootFailure) {
    let report: Line
    do {
      report = try JSONDecoder().decode(Line.self, from: Data(line))
    } catch {
      throw .unreadableReport(Self.harmless(String(decoding: Array(line), as: UTF8.self)))
    }
    state = Self.harmless(report.state)
    failedUnits = report.failed.prefix(Self.maximumUnits).map(Self.harmless)
    commit = Self.harmless(report.commit)
    kernelArguments = KernelArguments.split(
      String(
        decoding: report.commandLine.utf8.prefix(Self.maximumCommandLineLengthInBytes),
        as: UTF8.self)
    ).map(KernelArguments.unquoted)
    isSecureBootOn = report.secureBoot == true
    system = OSRelease(id: Self.harmless(report.id), version: Self.harmless(report.version))
  }

  /// The reason why the system is not the one that was built, is not up, or has failed units; nil
  /// if there is none.
  func problem(_ expected: BootExpectation) -> BootFailure? {
    if commit != expected.commit { return .otherCommit(found: commit, expected: expected.commit) }
    if let wanted = expected.system, system != wanted {
      return .otherSystem(found: system, expected: wanted)
    }
    if let missing = missingArgument(expected.kernelArguments) {
      return .otherKernelArguments(
        missing: missing, found: Self.harmless(kernelArguments.joined(separator: " ")))
    }
    if expected.isSecureBootOn && !isSecureBootOn { return .noSecureBoot }
    if state != "running" || !failedUnits.isEmpty {
      return .notRunning(state: state, failedUnits: failedUnits)
    }
    return nil
  }

  /// The first argument that the kernel did not get, or got in another order. The boot loader may
  /// add arguments of its own.
  private func missingArgument(_ expected: [String]) -> String? {
    var found = kernelArguments[...]
    return expected.first { argument in
      guard let index = found.firstIndex(of: KernelArguments.unquoted(argument)) else {
        return true
      }
      found = found[(index + 1)...]
      return false
    }
  }

  /// The text with a limited length and without control and format characters, so that it can be
  /// printed on a terminal.
  private static func harmless(_ text: String) -> String {
    let scalars = text.unicodeScalars.prefix(maximumTextLength).map { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: "?" as Unicode.Scalar
      default: scalar
      }
    }
    return String(String.UnicodeScalarView(scalars))
  }
}

/// What a report must contain.
struct BootExpectation: Sendable, Equatable {
  let commit: String
  /// Nil if the tree has no os-release.
  let system: OSRelease?
  /// The arguments that the boot loader entry has for the kernel.
  var kernelArguments: [String] = []
  /// Whether Secure Boot must be on.
  var isSecureBootOn = false
}

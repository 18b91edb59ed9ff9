import Configuration
import FoundationEssentials
import SystemPackage

/// The record of the boot test in check.json, on which the publish stage relies.
struct BootRecord: Sendable, Equatable, Codable {
  /// The result of one boot.
  struct Machine: Sendable, Equatable, Codable {
    enum Result: String, Codable { case passed, failed }
    /// What proved that the system was up: its report, or a text on the console, which does not
    /// identify the commit.
    enum Evidence: String, Codable { case report, console }

    let firmware: Firmware
    /// The key in `images` of the manifest of what was booted; nil for the disk image.
    var format: String?
    /// True if the system reported that Secure Boot was on.
    var secureBoot: Bool?
    let result: Result
    /// The reason of a failure, in one line.
    let reason: String?
    let evidence: Evidence
    let seconds: Double
    let acceleration: VirtualMachine.Acceleration

    enum CodingKeys: String, CodingKey {
      case secureBoot = "secure_boot"
      case firmware, format, result, reason, evidence, seconds, acceleration
    }
  }

  /// The SHA-256 of the compressed image; nil if the boot test is disabled.
  let image: String?
  let machines: [Machine]
  /// The reason why no machine was booted.
  let skipped: BootTestSkip?

  /// The record as JSON.
  ///
  /// - Throws: `EncodingError`, `DecodingError`.
  var json: JSONValue {
    get throws {
      try JSONValue(parsing: String(decoding: try JSONEncoder().encode(self), as: UTF8.self))
    }
  }

  private struct CheckResult: Decodable { let boot: BootRecord? }

  /// Reads the record from a check.json. Returns nil if there is no such file or it contains no
  /// boot test.
  init?(in path: FilePath) {
    guard
      let bytes = try? UntrustedFile.bytes(
        of: path, maximumSizeInBytes: JSONValue.largestFileInBytes),
      let result = try? JSONDecoder().decode(CheckResult.self, from: Data(bytes)),
      let record = result.boot
    else { return nil }
    self = record
  }

  init(image: String?, machines: [Machine] = [], skipped: BootTestSkip? = nil) {
    self.image = image
    self.machines = machines
    self.skipped = skipped
  }

  /// The reason why the image with this digest must not be published by a product that requires a
  /// boot test; nil if it may.
  func gap(image digest: String, firmware wanted: [Firmware]) -> MissingBootTest? {
    if let skipped, skipped != .flag { return .skipped(skipped) }
    if image != digest { return .otherImage }
    if let failed = machines.first(where: { $0.result == .failed }) {
      let name = OutputListing.bootName(
        of: failed.format ?? CompressedDiskImage.name, under: failed.firmware)
      return .failed(boot: name, reason: failed.reason ?? "")
    }
    if skipped == .flag { return nil }
    let missing = wanted.filter { firmware in
      !machines.contains { $0.firmware == firmware && $0.format == nil }
    }
    return missing.isEmpty ? nil : .notBooted(missing)
  }
}

/// The reason why an image that requires a boot test is not published.
enum MissingBootTest: Sendable, Equatable {
  case noRecord(FilePath)
  case otherImage
  case failed(boot: String, reason: String)
  case skipped(BootTestSkip)
  case notBooted([Firmware])

  /// The reason in one line.
  var reason: String {
    switch self {
    case .noRecord(let path): "\(path) records no boot, so the check stage was left out"
    case .otherImage: "the recorded boot was of another image"
    case .failed(let boot, let reason): "it failed (\(boot)): \(reason)"
    case .skipped(let skip): "no boot was tried (\(skip.rawValue))"
    case .notBooted(let firmware):
      "no boot was tried under \(firmware.map(\.rawValue).joined(separator: ", "))"
    }
  }
}

import Configuration
import FoundationEssentials
import SystemPackage

/// What check.json says of the boot test, and publishing relies on.
struct BootRecord: Sendable, Equatable, Codable {
  /// How one boot went.
  struct Machine: Sendable, Equatable, Codable {
    enum Result: String, Codable { case passed, failed }
    /// What was believed: the system's report, or a text on the console, which tells nothing of
    /// the commit.
    enum Evidence: String, Codable { case report, console }

    let firmware: Firmware
    let result: Result
    /// Why it failed, in one line.
    let reason: String?
    let evidence: Evidence
    let seconds: Double
    let acceleration: VirtualMachine.Acceleration
  }

  /// The SHA-256 of the compressed image; nil where no boot is ever asked for.
  let image: String?
  let machines: [Machine]
  /// Why no machine was booted.
  let skipped: BootTestSkip?

  /// What check.json holds.
  ///
  /// - Throws: `EncodingError`, `DecodingError`.
  var json: JSONValue {
    get throws {
      try JSONValue(parsing: String(decoding: try JSONEncoder().encode(self), as: UTF8.self))
    }
  }

  private struct CheckResult: Decodable { let boot: BootRecord? }

  /// What a check.json records; nil when there is none, or nothing of a boot in it.
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

  /// What keeps the image with this digest from being published by a product that must be booted.
  func gap(image digest: String, firmware wanted: [Firmware]) -> BootGap? {
    if let skipped, skipped != .flag { return .skipped(skipped) }
    if image != digest { return .otherImage }
    if let failed = machines.first(where: { $0.result == .failed }) {
      return .failed(failed.firmware, reason: failed.reason ?? "")
    }
    if skipped == .flag { return nil }
    let missing = wanted.filter { firmware in !machines.contains { $0.firmware == firmware } }
    return missing.isEmpty ? nil : .notBooted(missing)
  }
}

/// Why an image that must have been booted is not published.
enum BootGap: Sendable, Equatable {
  case noRecord(FilePath)
  case otherImage
  case failed(Firmware, reason: String)
  case skipped(BootTestSkip)
  case notBooted([Firmware])

  /// The reason in one line.
  var reason: String {
    switch self {
    case .noRecord(let path): "\(path) records no boot, so the check stage was left out"
    case .otherImage: "the recorded boot was of another image"
    case .failed(let firmware, let reason): "it failed under \(firmware.rawValue): \(reason)"
    case .skipped(let skip): "no boot was tried (\(skip.rawValue))"
    case .notBooted(let firmware):
      "no boot was tried under \(firmware.map(\.rawValue).joined(separator: ", "))"
    }
  }
}

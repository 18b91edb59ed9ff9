import Glibc

/// What the command line decides about one build, apart from the variant.
package struct BuildSettings: Sendable {
  /// The name of this build: by default the UTC time as `yymmdd-HHMMSS`.
  package let buildVersion: String
  /// Whether publishing is left out.
  package let isDryRun: Bool
  /// Whether the tree is pulled from the production server.
  package let usesProductionOSTree: Bool

  /// Makes the settings; without a version the time of `SOURCE_DATE_EPOCH`, or else now, is it.
  package init(
    buildVersion: String? = nil, isDryRun: Bool = false, usesProductionOSTree: Bool = false,
    sourceDateEpoch: String? = BuildVariable.sourceDateEpoch.value
  ) throws(ConfigurationError) {
    if let buildVersion {
      self.buildVersion = buildVersion
    } else {
      self.buildVersion = try BuildSettings.version(sourceDateEpoch: sourceDateEpoch)
    }
    self.isDryRun = isDryRun
    self.usesProductionOSTree = usesProductionOSTree
    guard FileNamePart.isValid(self.buildVersion) else {
      throw .badName(what: "build version", found: self.buildVersion)
    }
  }

  private static func version(sourceDateEpoch: String?) throws(ConfigurationError) -> String {
    version(at: try seconds(inSourceDateEpoch: sourceDateEpoch) ?? time(nil))
  }

  /// The number in `SOURCE_DATE_EPOCH`, up to the year 9999; nil when it is empty or not set.
  package static func seconds(
    inSourceDateEpoch text: String? = BuildVariable.sourceDateEpoch.value
  ) throws(ConfigurationError) -> Int? {
    guard let text, !text.isEmpty else { return nil }
    guard let seconds = Int(text), seconds >= 0, seconds < 253_402_300_800 else {
      throw .badSourceDateEpoch(text)
    }
    return seconds
  }

  /// The version that names the given second since 1970.
  static func version(at seconds: Int) -> String {
    var instant = time_t(seconds)
    var fields = tm()
    gmtime_r(&instant, &fields)
    let date = [fields.tm_year % 100, fields.tm_mon + 1, fields.tm_mday]
    let clock = [fields.tm_hour, fields.tm_min, fields.tm_sec]
    return [date, clock].map { $0.map(twoDigits).joined() }.joined(separator: "-")
  }

  private static func twoDigits(_ number: Int32) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }
}

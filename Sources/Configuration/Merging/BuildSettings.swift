import Glibc

/// The settings of one build that the command line makes, apart from the variant.
package struct BuildSettings: Sendable {
  /// The version of the build. By default, the UTC time as `yymmdd-HHMMSS`.
  package let buildVersion: String
  /// Whether publishing is skipped.
  package let isDryRun: Bool
  /// Whether the tree is pulled from the production server.
  package let usesProductionOSTree: Bool

  /// Makes settings. By default, the version is the time in `SOURCE_DATE_EPOCH`, or the current
  /// time if that is not set.
  ///
  /// - Throws: `ConfigurationError` for a version that cannot be a part of a file name, or an
  ///   invalid `SOURCE_DATE_EPOCH`.
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

  /// Returns the number of seconds in `SOURCE_DATE_EPOCH`; nil if it is empty or not set.
  ///
  /// - Throws: `ConfigurationError` unless it is a number from 0 to the end of the year 9999.
  package static func seconds(
    inSourceDateEpoch text: String? = BuildVariable.sourceDateEpoch.value
  ) throws(ConfigurationError) -> Int? {
    guard let text, !text.isEmpty else { return nil }
    guard let seconds = Int(text), seconds >= 0, seconds < 253_402_300_800 else {
      throw .badSourceDateEpoch(text)
    }
    return seconds
  }

  /// Returns the version for a time in seconds since 1970.
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

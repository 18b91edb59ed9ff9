import Bindings
import Configuration
import SystemPackage

/// The answer to `--show-apps`: what an image gets, what it would lose, and how it differs from that of
/// another personality. Only summaries of remotes are fetched.
package struct AppReport {
  /// What is asked.
  package struct Question: Sendable {
    let grouping: String
    let trimmedBytes: UInt64?
    let isOffline: Bool
    let isJSON: Bool

    /// - Parameters:
    ///   - grouping: `runtime` or `nature`.
    ///   - trimmedBytes: how much smaller the image should be; nil for not smaller.
    ///   - isOffline: whether the remotes are those of the last build.
    package init(grouping: String, trimmedBytes: UInt64?, isOffline: Bool, isJSON: Bool) {
      (self.grouping, self.trimmedBytes) = (grouping, trimmedBytes)
      (self.isOffline, self.isJSON) = (isOffline, isJSON)
    }
  }

  private let question: Question
  private let configuration: Configuration
  private let paths: BuildPaths
  let list: AppList
  let settings: FlatpakSettings
  /// What has no effect, or gets no more updates.
  let warnings: [String]
  let other: (personality: String, list: AppList)?

  /// Answers a question.
  ///
  /// - Parameter other: the configuration of another personality to compare with.
  /// - Throws: `ConfigurationError`, `FlatpakError`, `LinuxError`; `Interruption` after a signal.
  package static func text(
    _ question: Question, _ configuration: Configuration, against other: Configuration?
  ) throws -> String {
    try TerminationSignals.run {
      let report = try await AppReport(question, configuration, against: other)
      return question.isJSON ? try report.json().text() + "\n" : try report.text()
    }
  }

  private init(
    _ question: Question, _ configuration: Configuration, against other: Configuration?
  ) async throws {
    self.question = question
    self.configuration = configuration
    paths = try BuildPaths(configuration)
    let resolution = try await FlatpakResolution.now(
      configuration, isOffline: question.isOffline)
    let (settings, list) = (resolution.settings, AppList(resolution))
    (self.settings, self.list) = (settings, list)
    let apps = Set(list.apps.map(\.main.ref.name))
    warnings =
      resolution.warnings
      + settings.keptApps.unknown(among: apps) { "the image does not get \($0)" }.map { "\($0)" }
    if let other {
      self.other = (
        try other.value(Options.build.personality),
        AppList(try await FlatpakResolution.now(other, isOffline: question.isOffline))
      )
    } else {
      self.other = nil
    }
  }

  /// What is proposed to be removed; nil if nothing is to be.
  var trim: AppTrim? {
    question.trimmedBytes.map { AppTrim(list, saving: $0, keeping: settings.keptApps.names) }
  }

  private func text() throws -> String {
    let trim = trim
    let personality = try configuration.value(Options.build.personality)
    let grouping = AppTable.Grouping(rawValue: question.grouping) ?? .runtime
    let table = AppTable(
      list, personality: personality, trim: trim, kept: settings.keptApps.names)
    var lines = [table.text(grouping)]
    if list.parts.contains(where: \.isPartial) {
      lines.append(
        "<= All languages; the image gets \(settings.languages.joined(separator: ", ")).\n")
    }
    lines += warnings.map { "Warning: \($0)\n" }
    if let trim { lines.append(sentence(trim)) }
    if let estimate = try estimate(without: trim?.savedSize.sizeInBytes ?? 0) {
      lines.append(estimate.text)
    }
    if let other { lines.append(AppComparison(personality, list, other).text) }
    return lines.joined()
  }

  /// The estimate of the image without some applications; nil if the size of the tree is not known.
  ///
  /// - Throws: `ConfigurationError`.
  func estimate(without removedBytes: UInt64) throws -> ImageEstimate? {
    guard !question.isOffline else { return nil }
    return try ImageEstimate(
      configuration, paths, appsInBytes: list.parts.installedSize.sizeInBytes - removedBytes)
  }

  private func sentence(_ trim: AppTrim) -> String {
    let apps = trim.removed.count == 1 ? "1 application" : "\(trim.removed.count) applications"
    let bound = trim.savedSize.isUpperBound ? "up to " : ""
    let saved = "Removing \(apps) saves \(bound)\(formattedSize(trim.savedSize.sizeInBytes))"
    return trim.isEnough
      ? "\(saved); \(formattedSize(trim.wantedSizeInBytes)) were wanted.\n"
      : "\(saved), which is not enough: \(formattedSize(trim.wantedSizeInBytes)) were wanted"
        + (settings.keptApps.names.isEmpty ? ".\n" : ", and flatpak:must_keep keeps others.\n")
  }
}

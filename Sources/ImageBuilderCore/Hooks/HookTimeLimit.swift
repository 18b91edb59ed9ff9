import Configuration

/// The time limit of a hook, and the setting that it comes from.
struct HookTimeLimit: Sendable, Equatable {
  enum Source: Sendable, Equatable {
    case option(group: HookGroup)
    /// A comment in the hook.
    case header(Origin)
  }

  let duration: Duration
  let source: Source

  /// Reads the limit from the header of the hook or, if there is no header, from the option of the
  /// group. Returns nil if there is no limit.
  ///
  /// - Throws: `ConfigurationError` for an invalid value of the option.
  init?(
    _ group: HookGroup, _ header: HookHeader?, _ configuration: Configuration
  ) throws(ConfigurationError) {
    let limit =
      if let header { header.timeLimit } else {
        try configuration.value(Options.hooks(of: group).timeout)
      }
    guard let limit else { return nil }
    duration = limit
    source = header.map { .header($0.origin) } ?? .option(group: group)
  }

  /// The end of a sentence about a hook that exceeded the limit.
  var sentence: String {
    let text = DurationSyntax.text(duration)
    switch source {
    case .option(let group):
      return "was ended after \(text), the limit of \(Options.hooks(of: group).timeout.name)"
    case .header(let origin): return "was ended after \(text), the limit of \(origin)"
    }
  }

  /// What to do if the hook needs more time.
  var advice: String {
    switch source {
    case .option(let group):
      "if it needs longer, give the hook a line of its own, such as # \(HookGroupOptions.timeoutComment): 12h, or "
        + "raise the option (--explain \(Options.hooks(of: group).timeout.name) shows what sets it)"
    case .header: "if it needs longer, change that line"
    }
  }
}

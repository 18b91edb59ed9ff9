import Configuration

/// How long a hook may take, and what says so.
struct HookTimeLimit: Sendable, Equatable {
  enum Source: Sendable, Equatable {
    case option(group: HookGroup)
    /// A line of the hook.
    case header(Origin)
  }

  let duration: Duration
  let source: Source

  /// That of the hook's own first lines, or else that of its group; nil for any time.
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

  /// The end of a sentence about a hook that took longer.
  var sentence: String {
    let text = DurationSyntax.text(duration)
    switch source {
    case .option(let group):
      return "was ended after \(text), the limit of \(Options.hooks(of: group).timeout.name)"
    case .header(let origin): return "was ended after \(text), the limit of \(origin)"
    }
  }

  /// What to do when the hook was right.
  var advice: String {
    switch source {
    case .option(let group):
      "if it needs longer, give the hook a line of its own, such as # \(HookGroupOptions.timeoutComment): 12h, or "
        + "raise the option (--explain \(Options.hooks(of: group).timeout.name) shows what sets it)"
    case .header: "if it needs longer, change that line"
    }
  }
}

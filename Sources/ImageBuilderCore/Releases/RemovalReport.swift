import Configuration
import SystemPackage

/// What is removed at the destinations of a fleet, or would be.
package struct RemovalReport: Sendable {
  /// A version that is removed.
  package struct Removed: Sendable {
    /// PRODUCT/BRANCH/ARCH/PLATFORM/PERSONALITY.
    package let variant: String
    /// OUTVERSION.
    package let version: String
    package let buildVersion: String
    package let places: [String]
  }

  /// Versions that are kept although the command would remove them.
  package struct Kept: Sendable {
    package let version: String
    package let reason: String
  }

  /// Whether the versions were removed; otherwise they only would be.
  package let isDone: Bool
  /// The names of versions whose removal an earlier command had begun.
  package let finished: [String]
  package let removed: [Removed]
  package let kept: [Kept]
  /// The directories of outputs on this host that are removed.
  package let directories: [FilePath]

  /// A line for each version.
  package var text: String {
    let verb = isDone ? "removed" : "would remove"
    let versions = removed.map {
      "\(verb) \($0.variant) \($0.buildVersion) from \($0.places.joined(separator: ", "))"
    }
    let outputs = directories.map { "\(verb) \($0)" }
    let finished = finished.map { "removed \($0), as an earlier command had begun to" }
    let kept = kept.map { "kept \($0.version): \($0.reason)" }
    let lines = kept + finished + versions + outputs
    let end =
      versions.isEmpty
      ? finished.isEmpty ? ["nothing to remove"] : []
      : isDone ? [] : ["nothing was changed; --yes removes them"]
    return (lines + end).map { visible($0) + "\n" }.joined()
  }

  package var json: JSONValue {
    [
      "schema": .integer(1), "done": .boolean(isDone),
      "finished": .array(finished.map(JSONValue.string)),
      "removed": .array(
        removed.map {
          [
            "variant": .string($0.variant), "version": .string($0.version),
            "build_version": .string($0.buildVersion),
            "destinations": .array($0.places.map(JSONValue.string)),
          ]
        }),
      "kept": .array(kept.map { ["version": .string($0.version), "reason": .string($0.reason)] }),
      "directories": .array(directories.map { .string($0.string) }),
    ]
  }
}

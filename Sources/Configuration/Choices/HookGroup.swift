/// A group of hooks. Its name is that of a section with an option `hooks`, and of a directory of
/// hooks.
package enum HookGroup: String, Sendable, CaseIterable {
  case ostree, content, image, manifest, check, publish, error

  /// The stage that runs the group.
  package var stage: Stage {
    switch self {
    case .ostree: .ostree
    case .content, .image: .image
    case .manifest: .manifest
    case .check: .check
    case .publish: .publish
    case .error: .error
    }
  }

  /// Returns the groups whose hooks may run in a build of some stages. Those of `error` run after a
  /// failure.
  package static func all(in stages: [Stage]) -> [HookGroup] {
    allCases.filter { $0 == .error || stages.contains($0.stage) }
  }
}

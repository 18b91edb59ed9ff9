/// A group of hooks. Its name is that of a section with an option `hooks`, and of a directory of
/// hooks.
package enum HookGroup: String, Sendable, CaseIterable {
  case inputs, ostree, content, image, manifest, check, publish, error, release

  /// The stage that runs the group; nil for `inputs`, which runs before the stages and without a
  /// build, and for `release`, which runs when a fleet is released.
  package var stage: Stage? {
    switch self {
    case .inputs: nil
    case .ostree: .ostree
    case .content, .image: .image
    case .manifest: .manifest
    case .check: .check
    case .publish: .publish
    case .error: .error
    case .release: nil
    }
  }

  /// Returns the groups whose hooks may run in a build of some stages. Those of `error` run after a
  /// failure, those of `inputs` before the image gets its content.
  package static func all(in stages: [Stage]) -> [HookGroup] {
    allCases.filter { group in
      switch group {
      case .error: true
      case .inputs: stages.contains(.image)
      default: group.stage.map(stages.contains) ?? false
      }
    }
  }
}

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
}

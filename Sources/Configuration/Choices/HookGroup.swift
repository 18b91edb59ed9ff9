/// The groups of hooks, each the name of a section with a `hooks` option and of a folder.
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

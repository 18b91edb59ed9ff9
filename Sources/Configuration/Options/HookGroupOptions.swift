/// The options of a hook group: its hooks and their time limit.
package struct HookGroupOptions: OptionSection {
  /// The comment in the first lines of a hook that overrides the time limit of the group:
  /// `# hook-timeout: 5m`.
  package static let timeoutComment = "hook-timeout"

  let name: ExactName
  let firstStage: Stage?

  package let names: DeclaredOption<[String]>
  package let timeout: DeclaredOption<Duration?>

  init(_ group: HookGroup) {
    name = ExactName(group.rawValue)
    firstStage = group == .error ? nil : group.stage
    names = DeclaredOption<[String]>(name, "hooks", merged: [])
    let limit =
      switch group {
      case .ostree, .content, .image, .publish: "6h"
      case .manifest, .check, .error, .release: "1h"
      case .inputs: "30s"
      }
    timeout = DeclaredOption<Duration?>(name, "hook_timeout", limit: limit)
  }
}

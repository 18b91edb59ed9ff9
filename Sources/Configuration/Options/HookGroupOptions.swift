/// The two options of every hook group: its hooks, and how long one may take.
package struct HookGroupOptions: OptionSection {
  /// The comment in a hook's first lines that replaces the group's time limit: `# hook-timeout: 5m`.
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
      case .manifest, .check, .error: "1h"
      }
    timeout = DeclaredOption<Duration?>(name, "hook_timeout", limit: limit)
  }
}

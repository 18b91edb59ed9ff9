/// The name of a Flatpak application or runtime in a list of a configuration: `NAME`, `NAME/ARCH`,
/// `NAME/ARCH/BRANCH`, `NAME//BRANCH`, or the full ref `app/NAME/ARCH/BRANCH`.
package struct FlatpakName: Sendable, Hashable, CustomStringConvertible {
  package static let accepted =
    "NAME, NAME/ARCH, NAME//BRANCH, NAME/ARCH/BRANCH, or a full ref as app/NAME/ARCH/BRANCH, with a "
    + "name of at least two parts such as org.gnome.Maps"

  /// What a full ref says that it is, `app` or `runtime`; nil for other forms.
  package let kind: String?
  package let name: String
  /// Nil for the architecture of the image.
  package let arch: String?
  /// Nil for the default branch of the remote.
  package let branch: String?
  /// The name as it is written.
  package let description: String

  /// Returns nil for what is no name.
  package init?(_ text: String) {
    var parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let isFullRef = parts.count == 4 && ["app", "runtime"].contains(parts[0])
    kind = isFullRef ? parts.removeFirst() : nil
    guard parts.count <= 3, !isFullRef || !parts.contains(""), Self.isName(parts[0]),
      parts.dropFirst().allSatisfy({ $0.isEmpty || RefSyntax.isValidRemote($0) })
    else { return nil }
    name = parts[0]
    arch = parts.count > 1 && !parts[1].isEmpty ? parts[1] : nil
    branch = parts.count > 2 && !parts[2].isEmpty ? parts[2] : nil
    description = text
  }

  /// Returns whether a text is the name of an application, a runtime or an extension (flatpak 1.14,
  /// `flatpak_is_valid_name`).
  package static func isName(_ text: String) -> Bool {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count > 1 && RefSyntax.isValidRemote(text)
      && parts.allSatisfy { part in
        part.utf8.first.map { !(UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0) } ?? false
      }
  }
}

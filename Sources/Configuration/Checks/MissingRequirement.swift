/// Something that hooks need on the host and that is not there.
package struct MissingRequirement: Sendable, Hashable, CustomStringConvertible {
  /// The line that needs it.
  let place: Origin
  /// What is missing.
  let text: String
  /// The Debian package that contains it, if it is known.
  let package: String?

  /// The line and what is missing.
  package var description: String { "\(place): \(text)" }

  /// The description with the command that installs the package.
  var finding: Finding {
    Finding(
      description + (package.map { "; install it: apt-get install \($0)" } ?? ""), at: place)
  }
}

/// Everything that the hooks of a build need and that is not there.
package struct MissingRequirements: ExitStatusError, CustomStringConvertible {
  let missing: [MissingRequirement]

  package init(_ missing: [MissingRequirement]) {
    self.missing = missing
  }

  package var exitStatus: ExitStatus { .unavailable }

  /// One line for each, and the command that installs all packages.
  package var description: String {
    let packages = Set(missing.compactMap(\.package)).sorted()
    return "hooks of this build need what is not there:"
      + missing.map { "\n  \($0)" }.joined()
      + (packages.isEmpty ? "" : "\n  install: apt-get install \(packages.joined(separator: " "))")
  }
}

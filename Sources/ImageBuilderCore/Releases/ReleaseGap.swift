import Configuration

/// A reason why a fleet cannot be released.
package struct ReleaseGap: Sendable, Equatable, CustomStringConvertible {
  /// The variant, or what else is meant, such as a ref.
  package let subject: String
  package let reason: String

  package var description: String { "\(subject): \(reason)" }
}

/// A fleet cannot be released. Nothing was changed.
package struct UnreleasableFleet: ExitStatusError, CustomStringConvertible {
  let fleet: String
  /// All reasons, at least one.
  package let gaps: [ReleaseGap]

  package var exitStatus: ExitStatus { .dataError }
  package var description: String {
    "the fleet \(fleet) cannot be released, and nothing was changed:"
      + gaps.map { "\n    \(visible("\($0)"))" }.joined()
      + "\n  fleet build builds what is not up to date, and with --rebuild --boot-test what was not "
      + "booted"
  }

  package var json: JSONValue {
    [
      "schema": .integer(1), "fleet": .string(fleet), "released": .boolean(false),
      "gaps": .array(
        gaps.map { ["subject": .string($0.subject), "reason": .string($0.reason)] }),
    ]
  }
}

/// A release with the same version exists, and is made of other versions.
struct OtherRelease: ExitStatusError, CustomStringConvertible {
  /// The path of the record, including its place.
  let path: String

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "\(visible(path)) is the record of another release; a release is never changed. Build again, and "
      + "release what was built"
  }
}

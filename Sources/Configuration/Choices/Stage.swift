/// A stage of a build. The cases are in the order in which the stages run. `error` runs only after
/// a failure.
package enum Stage: String, Sendable, CaseIterable, Codable, Comparable {
  case ostree, image, manifest, check, publish, error

  /// The stages of a build that does not fail.
  package static let regular = allCases.filter { $0 != .error }

  /// Returns whether `first` runs before `second`.
  package static func < (first: Stage, second: Stage) -> Bool {
    allCases.firstIndex(of: first)! < allCases.firstIndex(of: second)!
  }

  /// Returns the stage with a name; not `error`.
  ///
  /// - Throws: `UnknownStage`.
  package static func named(_ name: String) throws -> Stage {
    guard let stage = Stage(rawValue: name), stage != .error else { throw UnknownStage(name: name) }
    return stage
  }

  /// Returns the stages in a comma-separated list, in the order in which they run.
  ///
  /// - Throws: `UnknownStage`.
  package static func list(_ text: String) throws -> [Stage] {
    let named = try text.split(separator: ",", omittingEmptySubsequences: false)
      .map { try Stage.named(String($0)) }
    return regular.filter(named.contains)
  }

  /// The stages of the build that this process belongs to; empty outside of a build.
  package static var running: [Stage] {
    let names = BuildVariable.stages.value?.split(separator: " ").map(String.init) ?? []
    return names.compactMap(Stage.init(rawValue:))
  }
}

/// The error for a name that is not the name of a stage.
package struct UnknownStage: ExitStatusError, CustomStringConvertible {
  let name: String

  package init(name: String) {
    self.name = name
  }

  package var exitStatus: ExitStatus { .usage }
  package var description: String {
    let known = Stage.regular.map(\.rawValue).joined(separator: ", ")
    return "there is no stage \(shellQuoted(name)); the stages are \(known)"
  }
}

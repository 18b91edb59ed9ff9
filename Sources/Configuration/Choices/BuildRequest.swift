/// What the command line asks of a build, beside its configuration.
package struct BuildRequest: Sendable {
  /// The stages to run; nil runs all of them and ends the build.
  package var stages: [Stage]?
  /// The first stage to run, on what an earlier build of this directory left; nil starts afresh.
  package var firstStage: Stage?
  /// How long to wait for the lock of the build's directory.
  package var lockTimeout: Duration
  /// Whether the embedded tree is composed again though it is fresh.
  package var refreshesTree: Bool
  /// Whether hooks and stages write more.
  package var isDebugging: Bool
  /// Whether the image is booted before it is published; nil leaves it to the configuration.
  package var bootTest: Bool?
  /// What is shown meanwhile.
  package var progress: ProgressForm

  /// The defaults are those of the command line.
  package init(
    stages: [Stage]? = nil, firstStage: Stage? = nil, lockTimeout: Duration = .seconds(60),
    refreshesTree: Bool = false, isDebugging: Bool = false, bootTest: Bool? = nil,
    progress: ProgressForm = .auto
  ) {
    self.stages = stages
    self.firstStage = firstStage
    self.lockTimeout = lockTimeout
    self.refreshesTree = refreshesTree
    self.isDebugging = isDebugging
    self.bootTest = bootTest
    self.progress = progress
  }

  /// The stages that run unless one fails.
  package var runningStages: [Stage] {
    stages ?? Stage.regular.filter { $0 >= firstStage ?? .ostree }
  }

  /// Whether the build has the version of the one before, because it continues with its files.
  package var continues: Bool {
    if let stages { return !stages.contains(.ostree) && !stages.contains(.image) }
    return firstStage ?? .ostree > .ostree
  }
}

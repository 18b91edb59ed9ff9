import SystemPackage

/// What the command line requests of a build, apart from its configuration.
package struct BuildRequest: Sendable {
  /// The stages to run. If nil, all stages from `firstStage` on run, and after success only the
  /// outputs are kept.
  package var stages: [Stage]?
  /// The first stage to run, using the files that an earlier build left in the build directory. If
  /// nil, the build starts with an empty directory.
  package var firstStage: Stage?
  /// How long to wait for the lock of the build directory.
  package var lockTimeout: Duration
  /// Whether the embedded tree is composed even if it is up to date.
  package var refreshesTree: Bool
  /// Whether hooks and stages write debugging output.
  package var isDebugging: Bool
  /// Whether the image is booted before it is published. If nil, the configuration decides.
  package var bootTest: Bool?
  /// What is shown while the build runs.
  package var progress: ProgressForm
  /// The only commit of the tree that is accepted; nil for the newest one.
  package var commit: String?
  /// A file with the inputs that the build must have.
  package var expectedInputs: FilePath?
  /// A file with what the hooks of the group `inputs` would print; nil to run them.
  package var probes: FilePath?

  /// Makes a request. The defaults are those of the command line.
  package init(
    stages: [Stage]? = nil, firstStage: Stage? = nil, lockTimeout: Duration = .seconds(60),
    refreshesTree: Bool = false, isDebugging: Bool = false, bootTest: Bool? = nil,
    progress: ProgressForm = .auto, commit: String? = nil, expectedInputs: FilePath? = nil,
    probes: FilePath? = nil
  ) {
    self.stages = stages
    self.firstStage = firstStage
    self.lockTimeout = lockTimeout
    self.refreshesTree = refreshesTree
    self.isDebugging = isDebugging
    self.bootTest = bootTest
    self.progress = progress
    self.commit = commit
    self.expectedInputs = expectedInputs
    self.probes = probes
  }

  /// The stages to run, in their order.
  package var runningStages: [Stage] {
    stages ?? Stage.regular.filter { $0 >= firstStage ?? .ostree }
  }

  /// Whether the build continues with the files, and therefore with the version, of an earlier
  /// build.
  package var continues: Bool {
    if let stages { return !stages.contains(.ostree) && !stages.contains(.image) }
    return firstStage ?? .ostree > .ostree
  }
}

import SystemPackage

/// Every path of a build, made in one place from its configuration.
package struct BuildPaths: Sendable, Equatable {
  package let sourceDirectory: FilePath
  package let systemDirectory: FilePath
  package let localDirectory: FilePath?
  package let dataDirectory: FilePath
  package let helpersDirectory: FilePath
  package let hookLibrary: FilePath
  package let cacheDirectory: FilePath
  /// The repository that pulls go to; shared by builds.
  package let contentRepository: FilePath
  /// The directory of this build alone: TMPDIR.
  package let temporaryDirectory: FilePath
  /// The sysroot that becomes the image's root filesystem.
  package let sysroot: FilePath
  package let outputDirectory: FilePath
  package let manifestDirectory: FilePath
  package let publicConfiguration: FilePath
  package let fullConfiguration: FilePath
  /// What the outputs' names begin with: OUTVERSION.
  package let outputVersion: String

  /// - Throws: `ConfigurationError`, also when a directory that builds empty is one that holds
  ///   other things.
  package init(_ configuration: Configuration) throws(ConfigurationError) {
    let (build, ostree) = (Options.build, Options.ostree)
    sourceDirectory = try configuration.value(build.sourceDirectory)
    systemDirectory = try configuration.value(build.systemDirectory)
    localDirectory = try configuration.value(build.localDirectory)
    dataDirectory = try configuration.value(build.dataDirectory)
    helpersDirectory = try configuration.value(build.helpersDirectory)
    hookLibrary = try configuration.value(build.hookLibrary)
    cacheDirectory = try configuration.value(build.cacheDirectory)
    contentRepository = try configuration.value(ostree.contentRepository)
    temporaryDirectory = try configuration.value(build.temporaryDirectory)
    sysroot = try configuration.value(ostree.sysroot)
    outputDirectory = try configuration.value(build.outputDirectory)
    manifestDirectory = try configuration.value(build.manifestDirectory)
    publicConfiguration = try configuration.value(build.savedPublicConfiguration)
    fullConfiguration = try configuration.value(build.savedConfiguration)
    outputVersion = try configuration.value(build.outputVersion)
    try check()
  }

  /// The build's lock, beside TMPDIR.
  package var lock: FilePath { FilePath("\(temporaryDirectory).lock") }
  /// The lock of the content repository.
  package var contentLock: FilePath { Self.lock(of: contentRepository) }
  /// What a build holds, shared, as long as it uses the content repository: nobody prunes it then.
  package var contentUseLock: FilePath { Self.useLock(of: contentRepository) }
  /// The size of the newest image, beside TMPDIR.
  package var imageSizes: FilePath { FilePath("\(temporaryDirectory).sizes") }
  /// The log of the build.
  package var log: FilePath { temporaryDirectory.appending("build.txt") }
  /// Why the last stage failed.
  package var failure: FilePath { temporaryDirectory.appending("failure.txt") }
  /// What is known of the stages that ended well.
  package var stageRecords: FilePath { temporaryDirectory.appending("stages") }
  /// What was deployed, for people.
  package var treeInformation: FilePath { temporaryDirectory.appending("ostree.txt") }
  /// The raw disk image, until it is checked.
  package var rawImage: FilePath { temporaryDirectory.appending("\(outputVersion).img") }
  /// What the raw disk image was when it was compressed.
  package var rawImageRecord: FilePath { temporaryDirectory.appending("raw-image.txt") }
  /// What the build sees as /var/tmp.
  package var privateVarTmp: FilePath { temporaryDirectory.appending("var-tmp") }
  /// The hooks' directories, those of the site first.
  ///
  /// - Parameter own: what EIB_HOOKSDIR names, in the place of the checkout's.
  package func hookDirectories(replacing own: FilePath? = nil) -> [FilePath] {
    (localDirectory.map { [$0.appending("hooks")] } ?? [])
      + [own ?? sourceDirectory.appending("hooks")]
  }
  /// Where keys are that OSTree commits may be signed with.
  package var keyDirectories: [FilePath] {
    [dataDirectory.appending("keys")]
      + (localDirectory.map { [$0.appending("data/keys")] } ?? [])
  }

  package static func lock(of repository: FilePath) -> FilePath { FilePath("\(repository).lock") }
  package static func useLock(of repository: FilePath) -> FilePath {
    FilePath("\(repository).use.lock")
  }

  /// The final path of an output: `OUTDIR/OUTVERSION.EXTENSION`.
  package func output(_ fileExtension: String) -> FilePath {
    outputDirectory.appending("\(outputVersion).\(fileExtension)")
  }

  private func check() throws(ConfigurationError) {
    let kept: [(String, FilePath)] = [
      ("build:srcdir", sourceDirectory), ("build:cachedir", cacheDirectory),
      ("build:sysconfdir", systemDirectory), ("ostree:repodir", contentRepository),
    ]
    let emptied = [
      ("build:tmpdir", temporaryDirectory), ("build:outdir", outputDirectory),
      ("ostree:checkout", sysroot),
    ]
    for (option, directory) in emptied {
      guard directory.components.count >= 2 else {
        throw .unsafeDirectory(
          option: option, directory, reason: "is a top-level directory")
      }
      for (keptOption, keptDirectory) in kept where keptDirectory.starts(with: directory) {
        throw .unsafeDirectory(
          option: option, directory, reason: "holds \(keptOption) (\(keptDirectory))")
      }
    }
    for (option, directory) in emptied.dropFirst()
    where !directory.starts(with: temporaryDirectory) || directory == temporaryDirectory {
      throw .unsafeDirectory(
        option: option, directory, reason: "is not below build:tmpdir (\(temporaryDirectory))")
    }
    guard FileNameRule.accepts(outputVersion) else {
      throw .unsafeDirectory(
        option: "build:outversion", FilePath(outputVersion), reason: "is not one file name")
    }
  }
}

/// What may be a file's name.
private enum FileNameRule {
  package static func accepts(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".")
      && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 < 32 }
  }
}

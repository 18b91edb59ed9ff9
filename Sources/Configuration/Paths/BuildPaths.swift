import SystemPackage

/// All paths of a build, derived from its configuration.
package struct BuildPaths: Sendable, Equatable {
  package let sourceDirectory: FilePath
  package let systemDirectory: FilePath
  /// The directories of sites, in the order in which hooks, lib and data are sought in them: the last
  /// `--localdir` comes first.
  package let localDirectories: [FilePath]
  package let dataDirectory: FilePath
  package let helpersDirectory: FilePath
  package let hookLibrary: FilePath
  package let cacheDirectory: FilePath
  /// The repository that trees are pulled into. Builds share it.
  package let contentRepository: FilePath
  /// Downloaded content that builds share (EIB_CONTENTDIR).
  package let contentDirectory: FilePath
  /// The directory of this build only (TMPDIR).
  package let temporaryDirectory: FilePath
  /// The sysroot that becomes the root filesystem of the image.
  package let sysroot: FilePath
  package let outputDirectory: FilePath
  package let manifestDirectory: FilePath
  package let publicConfiguration: FilePath
  package let fullConfiguration: FilePath
  /// The first part of the names of all outputs (OUTVERSION).
  package let outputVersion: String

  /// Leaves room for extensions in the 255 bytes of a file name.
  private static let longestNameInBytes = 200

  /// Reads the paths from the options.
  ///
  /// - Throws: `ConfigurationError` for an option that is not set or not an absolute path, for a
  ///   directory that builds must not empty, and for an OUTVERSION that is not a file name.
  package init(_ configuration: Configuration) throws(ConfigurationError) {
    let (build, ostree) = (Options.build, Options.ostree)
    sourceDirectory = try configuration.value(build.sourceDirectory)
    systemDirectory = try configuration.value(build.systemDirectory)
    let local = try configuration.value(build.localDirectory)
    localDirectories =
      [local].compactMap { $0 }
      + (try configuration.value(build.localDirectories)).filter { $0 != local }
    dataDirectory = try configuration.value(build.dataDirectory)
    helpersDirectory = try configuration.value(build.helpersDirectory)
    hookLibrary = try configuration.value(build.hookLibrary)
    cacheDirectory = try configuration.value(build.cacheDirectory)
    contentRepository = try configuration.value(ostree.contentRepository)
    contentDirectory = try configuration.value(build.contentDirectory)
    temporaryDirectory = try configuration.value(build.temporaryDirectory)
    sysroot = try configuration.value(ostree.sysroot)
    outputDirectory = try configuration.value(build.outputDirectory)
    manifestDirectory = try configuration.value(build.manifestDirectory)
    publicConfiguration = try configuration.value(build.savedPublicConfiguration)
    fullConfiguration = try configuration.value(build.savedConfiguration)
    outputVersion = try configuration.value(build.outputVersion)
    try check(configuration.value(Options.publish.directory))
  }

  /// The order of the stages, in bash.
  package var buildScript: FilePath { sourceDirectory.appending("buildscript") }
  /// What bash reads before a hook.
  package var hookShell: FilePath { helpersDirectory.appending("hook-shell") }
  /// The lock of the build, next to TMPDIR.
  package var lock: FilePath { FilePath("\(temporaryDirectory).lock") }
  /// The lock of the content repository.
  package var contentLock: FilePath { Self.lock(of: contentRepository) }
  /// The lock that every build holds in shared mode while it uses the content repository. Pruning
  /// needs it in exclusive mode.
  package var contentUseLock: FilePath { Self.useLock(of: contentRepository) }
  /// The sizes of the last image of the variant, next to TMPDIR.
  package var imageSizes: FilePath { FilePath("\(temporaryDirectory).sizes") }
  /// The log of the build.
  package var log: FilePath { temporaryDirectory.appending("build.txt") }
  /// The page that reports the failure of the build.
  package var failure: FilePath { temporaryDirectory.appending("failure.txt") }
  /// The space for that page, allocated when the build begins.
  package var reservedFailure: FilePath { stageRecords.appending("failure.txt") }
  /// The facts of the failure.
  package var failureFacts: FilePath { stageRecords.appending("failure.json") }
  /// The steps of the build so far.
  package var recordedSteps: FilePath { stageRecords.appending("steps") }
  /// What the hooks of the group `inputs` have printed.
  package var recordedProbes: FilePath { stageRecords.appending("probes") }
  /// How the build began.
  package var buildStart: FilePath { stageRecords.appending("start.json") }
  /// The directory of the records of finished stages, which a resumed build compares.
  package var stageRecords: FilePath { temporaryDirectory.appending("stages") }
  /// A description of the deployed tree, which becomes an output.
  package var treeInformation: FilePath { temporaryDirectory.appending("ostree.txt") }
  /// The raw disk image. The check stage removes it after the boot test.
  package var rawImage: FilePath { temporaryDirectory.appending("\(outputVersion).img") }
  /// The raw image of the second disk. The image stage removes it.
  package var secondRawImage: FilePath {
    temporaryDirectory.appending("\(outputVersion).disk2.img")
  }
  /// The digest of the raw disk image and the state of its file when it was hashed.
  package var rawImageRecord: FilePath { temporaryDirectory.appending("raw-image.txt") }
  /// The directory that is mounted on /var/tmp during the build.
  package var privateVarTmp: FilePath { temporaryDirectory.appending("var-tmp") }
  /// Returns the hook directories. Those of `--localdir` come first.
  ///
  /// - Parameter own: a directory that replaces the `hooks` directory of the checkout
  ///   (EIB_HOOKSDIR).
  package func hookDirectories(replacing own: FilePath? = nil) -> [FilePath] {
    localDirectories.map { $0.appending("hooks") } + [own ?? sourceDirectory.appending("hooks")]
  }
  /// The search path for modules of Python hooks (PYTHONPATH). Those of `--localdir` come first.
  package var pythonPath: String {
    (localDirectories + [sourceDirectory]).map { $0.appending("lib").string }
      .joined(separator: ":")
  }
  /// The directories of the public keys that OSTree commits are verified with.
  package var keyDirectories: [FilePath] {
    [dataDirectory.appending("keys")] + localDirectories.map { $0.appending("data/keys") }
  }

  /// The files with the public keys that OSTree commits are verified with.
  package var keyFiles: [FilePath] {
    keyDirectories.flatMap { directory in
      Directories.names(in: directory).filter { $0.hasSuffix(".asc") }
        .map { directory.appending($0) }
    }
  }

  /// Returns the path of the lock of a repository.
  package static func lock(of repository: FilePath) -> FilePath { FilePath("\(repository).lock") }
  /// Returns the path of the lock for the use of a repository (`contentUseLock`).
  package static func useLock(of repository: FilePath) -> FilePath {
    FilePath("\(repository).use.lock")
  }

  /// Returns the path of an output: `OUTDIR/OUTVERSION.EXTENSION`.
  package func output(_ fileExtension: String) -> FilePath {
    outputDirectory.appending("\(outputVersion).\(fileExtension)")
  }

  /// - Parameter published: the directory with finished builds, if there is one.
  private func check(_ published: FilePath?) throws(ConfigurationError) {
    var kept: [(String, FilePath)] = [
      ("build:srcdir", sourceDirectory), ("build:cachedir", cacheDirectory),
      ("build:sysconfdir", systemDirectory), ("ostree:repodir", contentRepository),
    ]
    kept += localDirectories.map { ("build:localdir", $0) }
    if let published { kept.append(("publish:directory", published)) }
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
          option: option, directory, reason: "contains \(keptOption) (\(keptDirectory))")
      }
    }
    for (option, directory) in emptied.dropFirst()
    where !directory.starts(with: temporaryDirectory) || directory == temporaryDirectory {
      throw .unsafeDirectory(
        option: option, directory, reason: "is not below build:tmpdir (\(temporaryDirectory))")
    }
    guard FilePath.isVisibleFileName(outputVersion) else {
      throw .unsafeDirectory(
        option: "build:outversion", FilePath(outputVersion), reason: "is not one file name")
    }
    try checkLengths()
    try checkSearchPaths()
  }

  /// Extensions such as `.img.zst.sha256` and `.partial` are added to the names.
  private func checkLengths() throws(ConfigurationError) {
    let names =
      [("build:outversion", outputVersion)]
      + [("build:tmpdir", temporaryDirectory), ("ostree:repodir", contentRepository)]
      .map { ($0, $1.lastComponent?.string ?? "") }
    for (option, name) in names where name.utf8.count > Self.longestNameInBytes {
      throw .unusablePath(
        option: option, FilePath(name),
        reason: "has \(name.utf8.count) bytes; a name may have \(Self.longestNameInBytes)")
    }
  }

  /// Hooks find programs and modules in these directories by PATH and PYTHONPATH.
  private func checkSearchPaths() throws(ConfigurationError) {
    let searched =
      [("build:srcdir", sourceDirectory)] + localDirectories.map { ("build:localdir", $0) }
    for (option, directory) in searched { try directory.refuseColon(option: option) }
  }
}

extension FilePath {
  /// Returns whether a text is a name for a visible file: not empty, no dot in front, no `/` and no
  /// control characters.
  fileprivate static func isVisibleFileName(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".")
      && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 < 32 }
  }
}

import Bindings
import Glibc
import SystemPackage

/// Every path of a build, made in one place from its configuration.
struct BuildPaths: Sendable, Equatable {
  let sourceDirectory: FilePath
  let systemDirectory: FilePath
  let localDirectory: FilePath?
  let dataDirectory: FilePath
  let helpersDirectory: FilePath
  let hookLibrary: FilePath
  let cacheDirectory: FilePath
  /// The repository that pulls go to; shared by builds.
  let contentRepository: FilePath
  /// The directory of this build alone: TMPDIR.
  let temporaryDirectory: FilePath
  /// The sysroot that becomes the image's root filesystem.
  let sysroot: FilePath
  let outputDirectory: FilePath
  let manifestDirectory: FilePath
  let publicConfiguration: FilePath
  let fullConfiguration: FilePath
  /// Where the outputs are copied to; nil when nowhere, or for a dry run.
  let publishDirectory: FilePath?
  /// What the outputs' names begin with: OUTVERSION.
  let outputVersion: String

  /// - Throws: `ConfigurationError`; `BuildError.unsafeDirectory` when a directory that builds
  ///   empty is one that holds other things.
  init(_ configuration: Configuration) throws {
    func path(_ option: String) throws -> FilePath { try configuration.path("build", option) }
    sourceDirectory = try path("srcdir")
    systemDirectory = try path("sysconfdir")
    localDirectory =
      try configuration.has("build", "localdir") ? path("localdir") : nil
    dataDirectory = try path("datadir")
    helpersDirectory = try path("helpersdir")
    hookLibrary = try path("baselib")
    cacheDirectory = try path("cachedir")
    contentRepository = try configuration.path("ostree", "repodir")
    temporaryDirectory = try path("tmpdir")
    sysroot = try configuration.path("ostree", "checkout")
    outputDirectory = try path("outdir")
    manifestDirectory = try path("manifestdir")
    publicConfiguration = try path("tmpconfig")
    fullConfiguration = try path("tmpfullconfig")
    let publishes = try !configuration.isTrue("build", "dry_run")
    publishDirectory =
      try publishes && !configuration.value("publish", "directory").isEmpty
      ? configuration.path("publish", "directory") : nil
    outputVersion = try configuration.value("build", "outversion")
    try check()
  }

  /// The build's lock, beside TMPDIR.
  var lock: FilePath { FilePath("\(temporaryDirectory).lock") }
  /// The lock of the content repository.
  var contentLock: FilePath { Self.lock(of: contentRepository) }
  /// What a build holds, shared, as long as it uses the content repository: nobody prunes it then.
  var contentUseLock: FilePath { Self.useLock(of: contentRepository) }
  /// The size of the newest image, beside TMPDIR.
  var imageSizes: FilePath { FilePath("\(temporaryDirectory).sizes") }
  /// The log of the build.
  var log: FilePath { temporaryDirectory.appending("build.txt") }
  /// Why the last stage failed.
  var failure: FilePath { temporaryDirectory.appending("failure.txt") }
  /// What is known of the stages that ended well.
  var stageRecords: FilePath { temporaryDirectory.appending("stages") }
  /// Where publishing copies the outputs before they get their name; nil when it does not. There is
  /// one such place for each build directory of each host, so that a build finds what an earlier one
  /// that was ended has left there.
  var partialPublication: FilePath? {
    let identity = MessageDigest.hexadecimal(of: "\(hostName()) \(temporaryDirectory)").prefix(12)
    return publishDirectory?.appending(".\(identity).partial")
  }
  /// What was deployed, for people.
  var treeInformation: FilePath { temporaryDirectory.appending("ostree.txt") }
  /// The raw disk image, until it is checked.
  var rawImage: FilePath { temporaryDirectory.appending("\(outputVersion).img") }
  /// What the raw disk image was when it was compressed.
  var rawImageRecord: FilePath { temporaryDirectory.appending("raw-image.txt") }
  /// What the build sees as /var/tmp.
  var privateVarTmp: FilePath { temporaryDirectory.appending("var-tmp") }
  /// The hooks' directories, those of the site first.
  ///
  /// - Parameter own: what EIB_HOOKSDIR names, in the place of the checkout's.
  func hookDirectories(replacing own: FilePath? = nil) -> [FilePath] {
    (localDirectory.map { [$0.appending("hooks")] } ?? [])
      + [own ?? sourceDirectory.appending("hooks")]
  }
  /// Where keys are that OSTree commits may be signed with.
  var keyDirectories: [FilePath] {
    [dataDirectory.appending("keys")]
      + (localDirectory.map { [$0.appending("data/keys")] } ?? [])
  }

  static func lock(of repository: FilePath) -> FilePath { FilePath("\(repository).lock") }
  static func useLock(of repository: FilePath) -> FilePath { FilePath("\(repository).use.lock") }

  /// The final path of an output: `OUTDIR/OUTVERSION.EXTENSION`.
  func output(_ fileExtension: String) -> FilePath {
    outputDirectory.appending("\(outputVersion).\(fileExtension)")
  }

  private func check() throws {
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
        throw BuildError.unsafeDirectory(
          option: option, directory, reason: "is a top-level directory")
      }
      for (keptOption, keptDirectory) in kept where keptDirectory.starts(with: directory) {
        throw BuildError.unsafeDirectory(
          option: option, directory, reason: "holds \(keptOption) (\(keptDirectory))")
      }
    }
    for (option, directory) in emptied.dropFirst()
    where !directory.starts(with: temporaryDirectory) || directory == temporaryDirectory {
      throw BuildError.unsafeDirectory(
        option: option, directory, reason: "is not below build:tmpdir (\(temporaryDirectory))")
    }
    guard FileNameRule.accepts(outputVersion) else {
      throw BuildError.unsafeDirectory(
        option: "build:outversion", FilePath(outputVersion), reason: "is not one file name")
    }
  }
}

private func hostName() -> String {
  var name = utsname()
  uname(&name)
  return withUnsafeBytes(of: &name.nodename) {
    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// What may be a file's name.
private enum FileNameRule {
  static func accepts(_ name: String) -> Bool {
    !name.isEmpty && !name.hasPrefix(".")
      && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 < 32 }
  }
}

import SystemPackage

/// `[build]`: the variant and the directories of the build. The program sets the options that have
/// no default.
package struct BuildOptions: OptionSection {
  let name: ExactName = "build"
  let firstStage: Stage? = .ostree

  package let product = DeclaredOption<String>("build", "product", default: nil)
  package let branch = DeclaredOption<String>("build", "branch", default: nil)
  package let arch = DeclaredOption<Architecture>("build", "arch", default: nil)
  package let platform = DeclaredOption<String>("build", "platform", default: nil)
  package let personality = DeclaredOption<String>("build", "personality", default: nil)
  package let isDryRun = DeclaredOption<Bool>("build", "dry_run", default: nil, effect: .onRun)
  package let series = DeclaredOption<String>("build", "series", default: nil)
  package let sourceDirectory = DeclaredOption<FilePath>(
    "build", "srcdir", default: nil, effect: .onRun)
  package let cacheDirectory = DeclaredOption<FilePath>(
    "build", "cachedir", default: nil, effect: .onRun)
  package let systemDirectory = DeclaredOption<FilePath>(
    "build", "sysconfdir", default: nil, effect: .onRun)
  package let version = DeclaredOption<String>(
    "build", "build_version", default: nil, effect: .onPlaces)
  package let usesProductionOSTree = DeclaredOption<Bool>(
    "build", "use_production_ostree", default: nil)
  package let fleet = DeclaredOption<String>("build", "fleet", default: nil, effect: .onRun)
  package let localDirectory = DeclaredOption<FilePath?>(
    "build", "localdir", default: nil, effect: .onRun)
  /// All directories of sites, in the order in which hooks, lib and data are sought in them.
  package let localDirectories = DeclaredOption<[FilePath]>(
    "build", "localdirs", searchPath: nil, effect: .onRun)
  package let localDataDirectory = DeclaredOption<FilePath?>(
    "build", "localdatadir", default: nil, effect: .onRun)

  package let dataDirectory = DeclaredOption<FilePath>(
    "build", "datadir", default: "${srcdir}/data", effect: .onPlaces)
  package let helpersDirectory = DeclaredOption<FilePath>(
    "build", "helpersdir", default: "${srcdir}/helpers", effect: .onPlaces)
  package let temporaryDirectory = DeclaredOption<FilePath>(
    "build", "tmpdir",
    default: "${cachedir}/build/${product}-${branch}-${arch}-${platform}-${personality}",
    effect: .onPlaces)
  package let contentDirectory = DeclaredOption<FilePath>(
    "build", "contentdir", default: "${cachedir}/content", effect: .onPlaces)
  package let outputDirectory = DeclaredOption<FilePath>(
    "build", "outdir", default: "${tmpdir}/out", effect: .onPlaces)
  package let manifestDirectory = DeclaredOption<FilePath>(
    "build", "manifestdir", default: "${tmpdir}/manifest", effect: .onPlaces)
  package let hookLibrary = DeclaredOption<FilePath>(
    "build", "baselib", default: "${srcdir}/lib/eib.sh", effect: .onPlaces)
  package let savedPublicConfiguration = DeclaredOption<FilePath>(
    "build", "tmpconfig", default: "${tmpdir}/config.ini", effect: .onPlaces)
  package let savedConfiguration = DeclaredOption<FilePath>(
    "build", "tmpfullconfig", default: "${tmpdir}/fullconfig.ini", effect: .onPlaces)
  package let sshOptions = DeclaredOption<String>(
    "build", "ssh_options", default: "-i ${sysconfdir}/ssh-key.pem -o StrictHostKeyChecking=yes",
    effect: .onRun)
  package let outputVersion = DeclaredOption<String>(
    "build", "outversion",
    default: "${product}-${branch}-${arch}-${platform}.${build_version}.${personality}")
  package let stageTimeout = DeclaredOption<Duration?>("build", "stage_timeout", limit: "24h")

  /// The options that the program sets, in the order of their declaration.
  var setByProgram: [ExactName] {
    options.filter { $0.defaultText == nil }.map(\.name.option)
  }
}

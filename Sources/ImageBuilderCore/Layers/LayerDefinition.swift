import Configuration
import SystemPackage
import YAML

/// A layer: what is to be put on a parent image, and where the result goes.
struct LayerDefinition: Sendable {
  /// What makes the layer.
  enum Content: Sendable {
    case base(BaseLayer)
    case ansible(AnsibleLayer)
  }

  let content: Content
  /// The last part of the name in a registry.
  let name: String
  let parent: LayerParent
  let labels: [String: String]
  let logLevel: LogLevel
  /// A proxy for packages, keys and the parent; it is not in the image.
  let proxy: String?
  /// Whether commands and playbooks have a network. Package managers always have.
  let hasNetwork: Bool
  let pull: RegistryAccess
  let publication: LayerPublication

  /// The variables that name a proxy to programs and libraries.
  static let proxyVariables = ["http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"]

  /// The packages that are asked for.
  var packages: [String] {
    if case .base(let layer) = content { layer.packages } else { [] }
  }

  /// The name of the image, without a registry.
  func name(tag: String) -> String { "\(name):\(tag)" }
}

/// A layer of packages, files and commands.
struct BaseLayer: Sendable {
  struct Repository: Sendable, Equatable {
    let alias: String
    let url: String
    /// The URL of the key that signs packages; nil if signatures are not checked.
    let key: String?
    /// 1 is the highest.
    let priority: Int?
  }

  struct ModuleCommand: Sendable, Equatable {
    let command: String
    let names: [String]
  }

  struct CopiedFile: Sendable, Equatable {
    let source: FilePath
    let destination: String
    let options: [String]
  }

  struct InsideCommand: Sendable {
    /// Where it is written.
    let place: WrittenText.Place
    let command: String
    /// The level of what it writes to standard error.
    let logLevel: LogLevel
    /// Directories of the host, each with the path inside.
    let volumes: [(host: FilePath, inside: String)]
    let environment: [String]
    let user: String?
  }

  let packageManager: PackageManagerKind
  /// Whether packages are checked where their repository has a key.
  let checksSignatures: Bool
  let repositories: [Repository]
  let modules: [ModuleCommand]
  let groups: [String]
  let packages: [String]
  let removedPackages: [String]
  let copiedFiles: [CopiedFile]
  let commands: [InsideCommand]
  let releaseVersion: String?
  let modulePlatform: String?
  /// Whether a script of a package that fails is an error.
  let isStrict: Bool
  let scan: SecurityScan
}

/// What OpenSCAP looks for in a layer. Paths are those of the image.
struct SecurityScan: Sendable, Equatable {
  /// A scan by a profile of a benchmark.
  struct Benchmark: Sendable, Equatable {
    let profile: String
    let file: String
    let results: String
    /// A script that corrects what was found.
    let remediation: String
  }

  /// A look for known vulnerabilities.
  struct Vulnerabilities: Sendable, Equatable {
    /// The URL of definitions, which may be compressed by bzip2.
    let url: String
    let definitions: String
    let report: String
  }

  /// Whether the scanner and its guides are installed in the image.
  let isInstalled: Bool
  let benchmark: Benchmark?
  let vulnerabilities: Vulnerabilities?

  var isAsked: Bool { benchmark != nil || vulnerabilities != nil }
}

/// A layer that playbooks make.
struct AnsibleLayer: Sendable {
  let playbooks: [FilePath]
  let inventories: [FilePath]
  let groups: [String]
  let variables: [String: String]
  /// 0 to 4.
  let verbosity: Int
}

/// The programs that install packages.
enum PackageManagerKind: String, CaseIterable, Sendable {
  case dnf, zypper, apt, apk
}

/// The levels of what is shown, from the quietest. The names are those of image-build.
enum LogLevel: String, CaseIterable, Sendable, Comparable {
  case error = "ERROR"
  case warning = "WARN"
  case information = "INFO"
  case debugging = "DEBUG"

  /// Returns nil for an unknown word. Python's other names are known, too.
  init?(word: String) {
    switch word.uppercased() {
    case "CRITICAL": self = .error
    case "WARNING": self = .warning
    case let word:
      guard let level = Self(rawValue: word) else { return nil }
      self = level
    }
  }

  private var rank: Int { Self.allCases.firstIndex(of: self)! }
  static func < (left: Self, right: Self) -> Bool { left.rank < right.rank }
}

/// The image on which a layer is put.
enum LayerParent: Sendable, Equatable, CustomStringConvertible {
  /// An empty filesystem.
  case scratch
  /// The name of an image, as it is written.
  case image(String)

  var description: String {
    switch self {
    case .scratch: "scratch"
    case .image(let name): name
    }
  }
}

/// How a registry is reached.
struct RegistryAccess: Sendable, Equatable {
  var verifiesTLS = true
  var certificateDirectory: String?
  var authenticationFile: String?

  /// The options of skopeo and buildah; those of skopeo copy have a prefix: `src-`, `dest-`.
  func options(_ prefix: String = "") -> [String] {
    (verifiesTLS ? [] : ["--\(prefix)tls-verify=false"])
      + (certificateDirectory.map { ["--\(prefix)cert-dir=\($0)"] } ?? [])
      + (authenticationFile.map { ["--\(prefix)authfile=\($0)"] } ?? [])
  }
}

/// Where a layer is published.
struct LayerPublication: Sendable, Equatable {
  /// Objects for nodes that boot from the network.
  struct ObjectStore: Sendable, Equatable {
    let endpoint: S3Endpoint
    let bucket: String
    let prefix: String
    /// mksquashfs's name.
    let compression: String
  }

  let tags: [String]
  /// `HOST/PATH`, without the name of the image.
  let registry: String?
  let push: RegistryAccess
  let objectStore: ObjectStore?
  /// Whether the image goes to the host's own store, /var/lib/containers.
  let isLocal: Bool

  var isNowhere: Bool { registry == nil && objectStore == nil && !isLocal }
}

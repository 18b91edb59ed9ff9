import Configuration
import FoundationEssentials

/// A release of a fleet. Its record, `releases/FLEET/VERSION.json` at each destination, never changes.
struct ReleaseRecord: Codable, Equatable, Sendable {
  /// The folder of all records at a destination.
  static let folder = "releases"
  /// The number of the schema that this program writes.
  static let schema = 1

  var schema = Self.schema
  let fleet: String
  /// The newest build version in the release.
  let version: String
  /// When the fleet was released, in UTC.
  let date: String
  /// What the release is made of, by variant.
  let variants: [Item]
  /// The commit of each ref, by ref.
  let commits: [Commit]
  /// The versions of the systems, sorted.
  let osVersions: [String]

  enum CodingKeys: String, CodingKey {
    case schema, fleet, version, date, variants, commits
    case osVersions = "os_versions"
  }

  /// A version of a variant in a release.
  struct Item: Codable, Equatable, Sendable {
    let variant: String
    /// OUTVERSION.
    let version: String
    let buildVersion: String
    let commit: String?
    let osVersion: String?
    /// SHA-256 of SHA256SUMS and of the manifest.
    let listDigest: String
    let manifestDigest: String
    /// `release:end_of_life`.
    let endOfLife: String?
    /// `passed`, or why no boot was required.
    let boot: String

    enum CodingKeys: String, CodingKey {
      case variant, version, commit, boot
      case buildVersion = "build_version"
      case osVersion = "os_version"
      case listDigest = "sha256sums"
      case manifestDigest = "manifest"
      case endOfLife = "end_of_life"
    }

    /// Nil if the record names no variant.
    var published: PublishedVersion? { PublishedVersion(path: "\(variant)/\(version)") }
  }

  struct Commit: Codable, Equatable, Sendable, Hashable, Comparable {
    let ref: String
    let commit: String

    static func < (one: Self, other: Self) -> Bool {
      (one.ref, one.commit) < (other.ref, other.commit)
    }
  }

  /// Reads a record.
  ///
  /// - Parameter path: the path at the destination, which the content must match.
  /// - Throws: `Damage`.
  init(_ bytes: [UInt8], path: String, place: String) throws {
    struct Head: Decodable { let schema: Int }
    func damage(_ reason: String) -> Damage { Damage(path: "\(place)/\(path)", reason: reason) }
    let data = Data(bytes)
    guard bytes.count <= JSONValue.largestFileInBytes,
      let head = try? JSONDecoder().decode(Head.self, from: data)
    else { throw damage("is not the record of a release") }
    guard head.schema <= Self.schema else {
      throw damage(
        "has the schema \(head.schema), and this program knows schemas up to \(Self.schema)")
    }
    guard let record = try? JSONDecoder().decode(Self.self, from: data),
      record.variants.allSatisfy({ $0.published != nil })
    else { throw damage("is not the record of a release") }
    guard record.path == path else {
      throw damage("says that it is \(record.path)")
    }
    self = record
  }

  init(
    fleet: String, version: String, date: String, variants: [Item], commits: [Commit]
  ) {
    self.fleet = fleet
    self.version = version
    self.date = date
    self.variants = variants.sorted { $0.variant < $1.variant }
    self.commits = commits.sorted()
    osVersions = Set(variants.compactMap(\.osVersion)).sorted()
  }

  /// The record as JSON.
  ///
  /// - Throws: `EncodingError`.
  var bytes: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
  }

  /// The versions in the release.
  var versions: [PublishedVersion] { variants.compactMap(\.published) }

  /// Whether another record is of the same release, made at any time.
  func isSameRelease(as other: ReleaseRecord) -> Bool {
    fleet == other.fleet && version == other.version && commits == other.commits
      && variants.map(\.version) == other.variants.map(\.version)
      && variants.map(\.listDigest) == other.variants.map(\.listDigest)
  }

  private static func path(_ fleet: String, _ version: String, _ suffix: String) -> String {
    "\(folder)/\(fleet)/\(version)\(suffix)"
  }
  private static let suffix = ".json"

  /// The path of the record at a destination, and of the files beside it.
  var path: String { Self.path(fleet, version, Self.suffix) }
  var signaturePath: String { "\(path).asc" }
  var notesPath: String { Self.path(fleet, version, ".md") }

  /// Whether a path below `folder` is that of a record.
  static func isRecord(_ path: String) -> Bool {
    path.hasSuffix(suffix) && path.split(separator: "/").count == 2
  }

  /// A record that cannot be read.
  struct Damage: ExitStatusError, CustomStringConvertible {
    /// The place of the record, including the destination.
    let path: String
    /// Worded to follow the path.
    let reason: String

    var exitStatus: ExitStatus { .dataError }
    var description: String {
      "\(visible(path)) \(visible(reason)), so it is not known what is released; restore it, or "
        + "remove it if it is no record"
    }
  }
}

import Bindings
import Configuration
import SystemPackage

/// What the image gets, exactly: the content hook writes it, and the image hook installs it.
struct FlatpakPlan: Codable, Equatable {
  /// A ref with its commit.
  struct Item: Codable, Equatable {
    let ref: String
    let remote: String
    let commit: String
    /// The directories of the ref that are installed, such as `/de`; empty for all.
    let subpaths: [String]
    /// Whether a list names it. Others are installed because it needs them.
    let isWanted: Bool
  }

  let items: [Item]
  /// The commit of the AppStream catalogue of each remote that has one.
  let catalogues: [String: String]
  /// The SHA-256 of the extra data of the items.
  let extraData: [String]
  /// The collection ID of each remote that has one.
  let collectionIDs: [String: String]

  /// The file in the directory of a plan.
  static let fileName = "plan.json"

  /// All commits that the installation reads.
  var commits: [String] { items.map(\.commit) + catalogues.values }

  /// The parsed refs of the items that a list names.
  var wishes: [FlatpakTransaction.Wish] {
    items.filter(\.isWanted).compactMap { item in
      FlatpakRef(item.ref).map { FlatpakTransaction.Wish($0, from: item.remote) }
    }
  }

  /// Reads the plan in a directory.
  ///
  /// - Throws: `FlatpakError.noPlan` if there is none that can be read.
  init(in directory: FilePath) throws {
    do {
      let text = try FileAccess.text(of: directory.appending(Self.fileName))
      self = try JSONValue(parsing: text).decoded()
    } catch {
      throw FlatpakError.noPlan(directory, reason: "\(error)")
    }
  }

  init(
    items: [Item], catalogues: [String: String], extraData: [String],
    collectionIDs: [String: String]
  ) {
    (self.items, self.catalogues) = (items, catalogues)
    (self.extraData, self.collectionIDs) = (extraData, collectionIDs)
  }

  func write(to directory: FilePath) throws {
    try FileAccess.write(
      JSONValue(encoding: self).text(), to: directory.appending(Self.fileName))
  }
}

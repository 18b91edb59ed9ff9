import CFlatpak
import CGLib

/// A remote of a Flatpak installation. What is nil keeps the value that the remote's summary gives.
public struct FlatpakRemote: Sendable, Equatable {
  /// Its name in the installation.
  public var name: String
  /// The URL of its repository.
  public var url: String
  /// The title that people see.
  public var title: String?
  /// The branch of refs that are named without one.
  public var defaultBranch: String?
  /// The higher number is asked first for a runtime.
  public var priority: Int?
  /// Whether it is left out of lists of available applications.
  public var isHidden: Bool?
  /// The collection ID, for updates from other computers and from drives.
  public var collectionID: String?

  /// Makes a remote.
  public init(
    name: String, url: String, title: String? = nil, defaultBranch: String? = nil,
    priority: Int? = nil, isHidden: Bool? = nil, collectionID: String? = nil
  ) {
    (self.name, self.url, self.title) = (name, url, title)
    (self.defaultBranch, self.priority) = (defaultBranch, priority)
    (self.isHidden, self.collectionID) = (isHidden, collectionID)
  }

  /// The object with the same values, which must verify signatures.
  func object() -> GObjectReference {
    let remote = flatpak_remote_new(name)!
    let object = GObjectReference(taking: OpaquePointer(remote))
    flatpak_remote_set_gpg_verify(remote, 1)
    apply(to: remote)
    return object
  }

  func apply(to remote: UnsafeMutablePointer<CFlatpak.FlatpakRemote>) {
    flatpak_remote_set_url(remote, url)
    if let title { flatpak_remote_set_title(remote, title) }
    if let defaultBranch { flatpak_remote_set_default_branch(remote, defaultBranch) }
    if let priority { flatpak_remote_set_prio(remote, Int32(priority)) }
    if let isHidden { flatpak_remote_set_noenumerate(remote, isHidden ? 1 : 0) }
    if let collectionID { flatpak_remote_set_collection_id(remote, collectionID) }
  }
}

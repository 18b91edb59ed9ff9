import CFlatpak
import CGLib
import COSTree
import Glibc
import SystemPackage

/// A directory of Flatpak applications and runtimes, such as `/var/lib/flatpak`.
///
/// Like libflatpak's object, it must not be used by two threads at the same time.
public final class FlatpakInstallation {
  let object: GObjectReference
  /// The path of the directory.
  public let path: FilePath
  /// Its OSTree repository.
  public var repository: FilePath { path.appending("repo") }

  private var pointer: UnsafeMutablePointer<CFlatpak.FlatpakInstallation> {
    UnsafeMutablePointer(object.pointer)
  }

  /// Opens a directory, which is created with its repository if it does not exist.
  ///
  /// - Parameters:
  ///   - isArchive: whether a new repository gets the mode `archive`, which servers and caches have.
  ///     Nothing can be deployed from such a repository.
  ///   - isOfUser: whether it belongs to a user. Only root can write to others.
  /// - Throws: `GLibError`.
  public init(_ path: FilePath, isArchive: Bool = false, isOfUser: Bool = false) throws(GLibError) {
    self.path = path
    guard mkdir(path.string, 0o755) == 0 || errno == EEXIST else {
      throw GLibError("\(Errno(rawValue: errno))", operation: "create \(path)")
    }
    if isArchive { _ = try Repository(openingOrCreatingArchiveAt: path.appending("repo")) }
    let object = try withGFile(path.string) { file throws(GLibError) in
      OpaquePointer(
        try checkedPointer("open the Flatpak installation \(path)") { error in
          flatpak_installation_new_for_path(file, isOfUser ? 1 : 0, nil, &error)
        })
    }
    self.object = GObjectReference(taking: object)
  }

  /// Adds a remote or changes it. Signatures of its summary and of its commits must be by one of the
  /// keys of the installation for it.
  ///
  /// - Parameter keys: OpenPGP public keys, armored or binary, that replace all keys of the remote, and
  ///   with them all its settings. Nil keeps both.
  /// - Throws: `GLibError`, also if a key is none.
  public func set(_ remote: FlatpakRemote, trusting keys: [[UInt8]]? = nil) throws(GLibError) {
    if keys != nil {
      try removeKeys(of: remote.name)
      try removeSettings(of: remote.name)
    }
    let object = try existing(remote) ?? remote.object()
    try modify(remote.name, object)
    for key in keys ?? [] {
      let bytes = key.withUnsafeBytes { g_bytes_new($0.baseAddress, gsize($0.count)) }
      defer { g_bytes_unref(bytes) }
      flatpak_remote_set_gpg_key(UnsafeMutablePointer(object.pointer), bytes)
      try modify(remote.name, object)
    }
  }

  private func existing(_ remote: FlatpakRemote) throws(GLibError) -> GObjectReference? {
    var error: UnsafeMutablePointer<GError>?
    guard let found = flatpak_installation_get_remote_by_name(pointer, remote.name, nil, &error)
    else {
      g_clear_error(&error)
      return nil
    }
    remote.apply(to: found)
    return GObjectReference(taking: OpaquePointer(found))
  }

  private func modify(_ name: String, _ remote: GObjectReference) throws(GLibError) {
    try checked("set the remote \(name) of \(path)") { error in
      flatpak_installation_modify_remote(pointer, UnsafeMutablePointer(remote.pointer), nil, &error)
    }
  }

  /// libflatpak sets what a remote has, and removes nothing.
  private func removeSettings(of remote: String) throws(GLibError) {
    guard Self.exists(repository) else { return }
    try Repository(opening: repository).removeConfiguration("remote \"\(remote)\"")
    try dropCaches()
  }

  private static func exists(_ repository: FilePath) -> Bool {
    access(repository.appending("config").string, F_OK) == 0
  }

  /// Sets how much space must stay free on the filesystem of the repository, such as `500MB`.
  ///
  /// - Throws: `GLibError`.
  public func setReserve(_ size: String) throws(GLibError) {
    try Repository(opening: repository).setConfiguration("core", "min-free-space-size", to: size)
    try dropCaches()
  }

  private func removeKeys(of remote: String) throws(GLibError) {
    let keys = repository.appending("\(remote).trustedkeys.gpg")
    guard unlink(keys.string) == 0 || errno == ENOENT else {
      throw GLibError("\(Errno(rawValue: errno))", operation: "remove \(keys)")
    }
  }

  /// The remotes.
  ///
  /// - Throws: `GLibError`.
  public func remotes() throws(GLibError) -> [FlatpakRemote] {
    let array = try checkedPointer("list the remotes of \(path)") { error in
      flatpak_installation_list_remotes(pointer, nil, &error)
    }
    defer { g_ptr_array_unref(array) }
    return elements(of: array).map { element in
      let remote = UnsafeMutablePointer<CFlatpak.FlatpakRemote>(element)
      return FlatpakRemote(
        name: String(cString: flatpak_remote_get_name(remote)),
        url: takeString(flatpak_remote_get_url(remote)) ?? "",
        title: takeString(flatpak_remote_get_title(remote)),
        defaultBranch: takeString(flatpak_remote_get_default_branch(remote)),
        priority: Int(flatpak_remote_get_prio(remote)),
        isHidden: flatpak_remote_get_noenumerate(remote) != 0,
        collectionID: takeString(flatpak_remote_get_collection_id(remote)))
    }
  }

  /// Sets an option of the installation (flatpak-config(1)), such as `languages`; nil removes it.
  ///
  /// - Throws: `GLibError`.
  public func setOption(_ key: String, to value: String?) throws(GLibError) {
    try checked("set the option \(key) of \(path)") { error in
      flatpak_installation_set_config_sync(pointer, key, value, nil, &error)
    }
  }

  /// The applications and runtimes that a remote on this machine offers.
  ///
  /// - Parameter allArchitectures: also those of other architectures than that of this machine.
  /// - Throws: `GLibError`.
  public func offers(
    of remote: String, allArchitectures: Bool
  ) throws(GLibError) -> [FlatpakOffer] {
    let flags = allArchitectures ? FLATPAK_QUERY_FLAGS_ALL_ARCHES : FLATPAK_QUERY_FLAGS_NONE
    let array = try checkedPointer("list what the remote \(remote) offers") { error in
      flatpak_installation_list_remote_refs_sync_full(
        pointer, remote, flags, nil, &error)
    }
    defer { g_ptr_array_unref(array) }
    return elements(of: array).compactMap(FlatpakOffer.init).sorted { $0.ref < $1.ref }
  }

  /// Installs the catalogue of what a remote offers, from which programs show names, descriptions and
  /// icons.
  ///
  /// - Throws: `GLibError`.
  public func updateCatalogue(of remote: String, arch: String) throws(GLibError) {
    var hasChanged: gboolean = 0
    try checked("install the AppStream catalogue of the remote \(remote)") { error in
      flatpak_installation_update_appstream_sync(pointer, remote, arch, &hasChanged, nil, &error)
    }
  }

  /// Makes the object read the configuration of the repository again.
  ///
  /// - Throws: `GLibError`.
  public func dropCaches() throws(GLibError) {
    try checked("read the configuration of \(path)") { error in
      flatpak_installation_drop_caches(pointer, nil, &error)
    }
  }

  /// What is installed, sorted by ref.
  ///
  /// - Throws: `GLibError`.
  public func installedRefs() throws(GLibError) -> [InstalledFlatpak] {
    let array = try checkedPointer("list what is installed in \(path)") { error in
      flatpak_installation_list_installed_refs(pointer, nil, &error)
    }
    defer { g_ptr_array_unref(array) }
    return elements(of: array).compactMap(InstalledFlatpak.init).sorted { $0.ref < $1.ref }
  }

  private func elements(of array: UnsafeMutablePointer<GPtrArray>) -> [OpaquePointer] {
    (0..<Int(array.pointee.len)).compactMap { array.pointee.pdata[$0].map { OpaquePointer($0) } }
  }
}

/// An application or a runtime of an installation.
public struct InstalledFlatpak: Sendable, Equatable {
  /// Its ref.
  public let ref: FlatpakRef
  /// The name of the remote that it came from and gets updates from.
  public let remote: String
  /// The checksum of its commit.
  public let commit: String
  /// The size of its files in bytes, of the installed languages only.
  public let installedSizeInBytes: UInt64
  /// The directories of the ref that are installed, such as `/de`; empty if all are.
  public let subpaths: [String]
  /// Its name for people.
  public let title: String?
  /// A line that describes it.
  public let summary: String?
  /// The version of the application.
  public let version: String?
  /// What its file `metadata` says.
  public let metadata: FlatpakMetadata

  init?(_ pointer: OpaquePointer) {
    let installed = UnsafeMutablePointer<FlatpakInstalledRef>(pointer)
    let ofAnyKind = UnsafeMutablePointer<CFlatpak.FlatpakRef>(pointer)
    guard let ref = FlatpakRef(String(cString: flatpak_ref_format_ref_cached(ofAnyKind))),
      let commit = flatpak_ref_get_commit(ofAnyKind)
    else { return nil }
    self.ref = ref
    remote = flatpak_installed_ref_get_origin(installed).map { String(cString: $0) } ?? ""
    self.commit = String(cString: commit)
    installedSizeInBytes = UInt64(flatpak_installed_ref_get_installed_size(installed))
    subpaths = strings(flatpak_installed_ref_get_subpaths(installed))
    title = flatpak_installed_ref_get_appdata_name(installed).map { String(cString: $0) }
    summary = flatpak_installed_ref_get_appdata_summary(installed).map { String(cString: $0) }
    version = flatpak_installed_ref_get_appdata_version(installed).map { String(cString: $0) }
    let bytes = flatpak_installed_ref_load_metadata(installed, nil, nil)
    defer { g_bytes_unref(bytes) }
    metadata = FlatpakMetadata(bytes: bytes)
  }
}

/// The strings of a null-terminated array.
func strings(_ array: UnsafePointer<UnsafePointer<CChar>?>?) -> [String] {
  guard let array else { return [] }
  return sequence(first: 0) { $0 + 1 }.lazy.map { array[$0] }.prefix { $0 != nil }
    .map { String(cString: $0!) }
}

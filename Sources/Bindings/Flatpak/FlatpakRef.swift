import CFlatpak
import CGLib

/// The full name of an application or a runtime: `app/NAME/ARCH/BRANCH` or
/// `runtime/NAME/ARCH/BRANCH`.
public struct FlatpakRef: Sendable, Hashable, Comparable, CustomStringConvertible {
  /// What a ref names. Extensions, among them locales, are runtimes.
  public enum Kind: String, Sendable, CaseIterable {
    case app, runtime
  }

  /// The kind, the first part.
  public let kind: Kind
  /// The name in reverse domain order, such as `org.gnome.Maps`.
  public let name: String
  /// Flatpak's name of the architecture, such as `x86_64`.
  public let arch: String
  /// The branch, such as `stable`.
  public let branch: String

  /// Makes a ref from its parts.
  public init(kind: Kind, name: String, arch: String, branch: String) {
    (self.kind, self.name, self.arch, self.branch) = (kind, name, arch, branch)
  }

  /// Reads a full ref; nil for any other text.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, let kind = Kind(rawValue: parts[0]), !parts.contains("") else {
      return nil
    }
    self.init(kind: kind, name: parts[1], arch: parts[2], branch: parts[3])
  }

  /// `NAME/ARCH/BRANCH`, as metadata names runtimes.
  public var shortText: String { "\(name)/\(arch)/\(branch)" }

  /// The full ref.
  public var description: String { "\(kind.rawValue)/\(shortText)" }

  /// Orders refs by their text.
  public static func < (left: FlatpakRef, right: FlatpakRef) -> Bool {
    left.description < right.description
  }

  /// Flatpak's name of the architecture of this machine.
  public static var hostArchitecture: String { String(cString: flatpak_get_default_arch()) }
}

/// A ref that a remote offers, as its signed summary describes it.
public struct FlatpakOffer: Sendable, Equatable {
  /// The ref.
  public let ref: FlatpakRef
  /// The checksum of its newest commit.
  public let commit: String
  /// The size of the installed files in bytes. Of a locale extension it is that of all languages.
  public let installedSizeInBytes: UInt64
  /// The size of what is downloaded in bytes, of all languages likewise.
  public let downloadSizeInBytes: UInt64
  /// What its file `metadata` says.
  public let metadata: FlatpakMetadata
  /// The message of its publisher if it gets no more updates.
  public let endOfLife: String?
  /// The ref that replaces it.
  public let replacement: String?

  /// - Returns: nil for a ref that is neither an application nor a runtime.
  init?(_ pointer: OpaquePointer) {
    let remoteRef = UnsafeMutablePointer<FlatpakRemoteRef>(pointer)
    let ofAnyKind = UnsafeMutablePointer<CFlatpak.FlatpakRef>(pointer)
    guard let ref = FlatpakRef(String(cString: flatpak_ref_format_ref_cached(ofAnyKind))),
      let commit = flatpak_ref_get_commit(ofAnyKind)
    else { return nil }
    self.ref = ref
    self.commit = String(cString: commit)
    installedSizeInBytes = UInt64(flatpak_remote_ref_get_installed_size(remoteRef))
    downloadSizeInBytes = UInt64(flatpak_remote_ref_get_download_size(remoteRef))
    metadata = FlatpakMetadata(bytes: flatpak_remote_ref_get_metadata(remoteRef))
    endOfLife = flatpak_remote_ref_get_eol(remoteRef).map { String(cString: $0) }
    replacement = flatpak_remote_ref_get_eol_rebase(remoteRef).map { String(cString: $0) }
  }
}

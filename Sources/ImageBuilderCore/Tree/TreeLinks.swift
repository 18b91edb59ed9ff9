import Bindings
import SystemPackage

/// Refuses symbolic links in a tree that would bring files of the host into a deployment.
///
/// libostree 2022.7 opens the directories, the kernel and the os-release of a deployment like any
/// other path. A link to `/lib/modules` would bring the host's kernel into the image.
struct TreeLinks {
  private static let maximumLinks = 40
  /// The paths that libostree opens, and those to which the builder and its hooks write.
  private static let opened = [
    "etc", "boot", "var", "usr/etc", "etc/os-release", "usr/lib/os-release", "usr/lib/ostree-boot",
    "etc/.updated", "etc/X11/xorg.conf.d", "etc/default", "etc/hosts", "etc/hosts.new",
    "etc/image-builder", "etc/systemd/system/multi-user.target.wants",
  ]
  static let modules = "usr/lib/modules"

  private let tree: CommitTree

  init(_ tree: CommitTree) {
    self.tree = tree
  }

  /// - Throws: `TreeError.linkOutsideTree`; `GLibError`.
  func check() throws {
    for path in ["usr", "usr/etc"] {
      if case .link(let target) = try tree.entry(at: path) { throw leaving([(path, target)]) }
    }
    for path in Self.opened { _ = try end(of: path) }
    guard let modules = try end(of: Self.modules) else { return }
    for name in try tree.names(in: modules) {
      for file in ["vmlinuz", "initramfs.img", "initramfs", "devicetree", "dtb"] {
        _ = try end(of: "\(Self.modules)/\(name)/\(file)")
      }
    }
  }

  /// Follows all symbolic links in a path.
  ///
  /// - Returns: the resulting path; nil if it does not exist.
  func end(of path: String) throws -> String? {
    var rest = FilePath(path).components.map(\.string)
    var place: [String] = []
    var links: [(path: String, target: String)] = []
    while !rest.isEmpty {
      let name = rest.removeFirst()
      if name == "." { continue }
      if name == ".." {
        guard place.popLast() != nil else { throw leaving(links) }
        continue
      }
      place.append(name)
      switch try entry(at: place) {
      case nil: return nil
      case .link(let target):
        links.append((place.joined(separator: "/"), target))
        guard !target.hasPrefix("/"), links.count <= Self.maximumLinks else { throw leaving(links) }
        place.removeLast()
        rest = FilePath(target).components.map(\.string) + rest
      case .directory, .file: continue
      }
    }
    return place.joined(separator: "/")
  }

  /// `/etc` of a deployment is a copy of `/usr/etc` of the tree.
  private func entry(at place: [String]) throws -> CommitTree.Entry? {
    let path = place.joined(separator: "/")
    return try tree.entry(at: path) ?? (place[0] == "etc" ? tree.entry(at: "usr/\(path)") : nil)
  }

  private func leaving(_ links: [(path: String, target: String)]) -> TreeError {
    .linkOutsideTree("/\(links.last?.path ?? "")", target: links.last?.target ?? "")
  }
}

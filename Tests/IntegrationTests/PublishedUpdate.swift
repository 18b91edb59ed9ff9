import SystemPackage
import TestSupport

/// A repository with the default tree and a second, signed commit on the same ref.
struct PublishedUpdate {
  struct Tree {
    let commit: String
    let version: String
    var name = "EOS (Debian)"
    /// The title in the boot menu.
    var title: String { "\(name) \(version)" }
  }

  let old: Tree
  let new: Tree

  /// The repository of the default tree.
  static let repository = DefaultImage.cache.appending("tree/repo-amd64")

  /// Defines `ref`, the options `sign`, and `copy FROM TO`, which makes a repository.
  private static func preparation(_ fixture: Fixture) -> String {
    """
    cd '\(fixture.directory)'
    ref=os/eos/amd64/master
    # A home of its own and a short path, for the agent.
    [ -e gnupg ] || cp -a '\(DefaultImage.cache)/tree/gnupg' gnupg
    trap 'gpgconf --homedir "$PWD/gnupg" --kill all' EXIT
    key=$(gpg --homedir gnupg --batch --list-secret-keys --with-colons |
      awk -F: '$1 == "fpr" { print $10; exit }')
    sign="--gpg-homedir=$PWD/gnupg --gpg-sign=$key"
    copy() {
      ostree --repo="$2" init --mode=archive
      ostree --repo="$2" pull-local "$1" "$ref" >&2
    }

    """
  }

  /// Makes a repository with the default tree and its key in `/usr/share/ostree/trusted.gpg.d`.
  ///
  /// The commit is as old as the one without the key, so that both can be pulled into one
  /// repository.
  static func makeTreeWithKey(_ fixture: Fixture) throws -> FilePath {
    let repository = fixture.path("tree-with-key")
    try Shell.run(
      preparation(fixture) + """
        repo='\(repository)'
        copy '\(Self.repository)' "$repo"
        mkdir -p keys/usr/share/ostree/trusted.gpg.d
        gpg --homedir gnupg --batch --export "$key" > keys/usr/share/ostree/trusted.gpg.d/site.gpg
        version=$(ostree --repo="$repo" show --print-metadata-key=version "$ref" | tr -d "'")
        time=$(ostree --repo="$repo" log "$ref" | sed -n 's/^Date: *//p' | head -1)
        ostree --repo="$repo" commit --branch="$ref" --tree=ref="$ref" --tree=dir=keys --bootable \\
          --add-metadata-string=version="$version" --timestamp="$time" $sign
        ostree --repo="$repo" summary --update $sign
        """)
    return repository
  }

  /// - Parameters:
  ///   - repository: an empty directory.
  ///   - source: the repository with the tree that is updated.
  init(_ fixture: Fixture, repository: FilePath, of source: FilePath = Self.repository) throws {
    let script =
      Self.preparation(fixture) + """
        repo='\(repository)'
        copy '\(source)' "$repo"
        ostree --repo="$repo" rev-parse "$ref"
        ostree --repo="$repo" show --print-metadata-key=version "$ref" | tr -d "'"

        mkdir -p new/usr/lib new/usr/share
        echo new > new/usr/share/update-test
        ostree --repo="$repo" cat "$ref" /usr/lib/os-release | sed '
          s/^VERSION=.*/VERSION="99.1"/; s/^PRETTY_NAME=.*/PRETTY_NAME="EOS (Debian) 99.1"/
          ' > new/usr/lib/os-release
        ostree --repo="$repo" commit --branch="$ref" --tree=ref="$ref" --tree=dir=new --bootable \\
          --add-metadata-string=version=99.1 $sign
        ostree --repo="$repo" summary --update $sign >&2
        """
    let lines = try Shell.run(script).lines
    old = Tree(commit: lines[0], version: lines[1])
    new = Tree(commit: lines[2], version: "99.1")
  }
}

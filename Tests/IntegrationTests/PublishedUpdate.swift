import SystemPackage
import TestSupport

/// A repository with the default tree and a second, signed commit on the same ref.
struct PublishedUpdate {
  struct Tree {
    let commit: String
    let version: String
    /// The title in the boot menu.
    var title: String { "EOS (Debian) \(version)" }
  }

  let old: Tree
  let new: Tree

  /// - Parameter repository: an empty directory.
  init(_ fixture: Fixture, repository: FilePath) throws {
    let tree = DefaultImage.cache.appending("tree")
    let script = """
      cd '\(fixture.directory)'
      ref=os/eos/amd64/master repo='\(repository)'
      # A home of its own and a short path, for the agent.
      cp -a '\(tree)/gnupg' gnupg
      trap 'gpgconf --homedir "$PWD/gnupg" --kill all' EXIT
      key=$(gpg --homedir gnupg --batch --list-secret-keys --with-colons |
        awk -F: '$1 == "fpr" { print $10; exit }')
      sign="--gpg-homedir=$PWD/gnupg --gpg-sign=$key"

      ostree --repo="$repo" init --mode=archive
      ostree --repo="$repo" pull-local '\(tree)/repo-amd64' "$ref" >&2
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

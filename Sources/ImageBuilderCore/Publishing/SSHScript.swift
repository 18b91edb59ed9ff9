import Configuration

/// A script that runs in the directory of a destination, by the `sh` of its host. Besides `sh` it
/// needs coreutils, flock and rsync. The arguments of a script are paths below that directory.
struct SSHScript: Sendable {
  /// How a script ends if nothing went wrong.
  enum Status: Int32, Sendable {
    case done = 0
    /// Something has the name already.
    case exists = 81
    /// There is no such file.
    case absent = 82
    /// The file is not the one that was expected.
    case changed = 83
    /// The host lacks programs, which the output names.
    case missingTools = 84
  }

  private let body: String
  private let isReport: Bool

  /// - Parameter isReport: whether the script changes nothing.
  private init(_ body: String, isReport: Bool = false) {
    self.body = body
    self.isReport = isReport
  }

  /// The first argument is the directory of the destination. If it is missing, a report ends with
  /// `absent`, and other scripts create it.
  var text: String {
    """
    set -euf
    export LC_ALL=C
    umask 022
    [ -d "$1" ] || \(isReport ? Self.absence : #"mkdir -p -- "$1""#)
    cd -- "$1"
    shift
    fail() { printf '%s\\n' "$*" >&2; exit 1; }
    locked() { exec 9>>.lock; flock -w 60 9 || fail '.lock is held by another publisher'; }
    digest() { sha256sum <"$1" | head -c 64; }
    received() {
      mkdir -p -- "$(dirname -- "./$1")"
      new="$(dirname -- "./$1")/.$(basename -- "$1").partial"
      base64 -d >"$new"
      [ "$(digest "$new")" = "$2" ] || fail 'the connection ended early'
      sync -- "$new"
    }
    \(body)
    """
  }

  /// What is not there by the answer of `ls` is not only out of reach.
  private static let absence =
    #"case $(ls -d -- "$1" 2>&1) in *': No such file or directory') exit 82 ;; esac"#

  /// The programs that the scripts need, and rsync.
  static let tools = [
    "rsync", "flock", "sha256sum", "base64", "sync", "mv", "stat", "dirname", "basename", "head",
    "ls",
  ]

  /// Whether the directory can be used.
  static let check = SSHScript(
    """
    missing=
    for tool in \(tools.joined(separator: " ")); do
      command -v "$tool" >/dev/null 2>&1 || { echo "$tool" >&2; missing=1; }
    done
    [ -z "$missing" ] || exit 84
    [ -r . ] && [ -w . ] && [ -x . ] || fail "$PWD: no permission to read and write"
    """)

  /// Writes the time, a blank and the path of each list of digests, each with a NUL. Arguments: the
  /// variant, or nothing for all.
  static let versions = SSHScript(
    """
    lists() {
      set +f
      for list in "$1"/*/\(OutputListing.checksumList); do
        [ ! -f "$list" ] || stat --printf '%Y %n\\0' -- "$list"
      done
      set -f
    }
    readable() { [ -r "$1" ] && [ -x "$1" ] || fail "$PWD/$1: no permission to read"; }
    walk() {
      readable "$1"
      if [ "$2" = 0 ]; then lists "$1"; return; fi
      set +f
      for entry in "$1"/*; do
        set -f
        case $entry in \(reservedNames)) continue ;; esac
        [ ! -d "$entry" ] || walk "$entry" $(($2 - 1))
      done
      set -f
    }
    if [ $# = 0 ]; then walk . \(PublishedVariant.depth); exit; fi
    path=.
    IFS=/
    for part in $1; do
      readable "$path"
      path=$path/$part
      [ -d "$path" ] || exit 0
    done
    unset IFS
    readable "$path"
    lists "$path"
    """, isReport: true)

  private static let reservedNames = PublishedVariant.reservedNames.sorted().map { "./\($0)" }
    .joined(separator: "|")

  /// Whether anything has the name. Arguments: the version.
  static let holds = SSHScript(#"[ -e "./$1" ] || [ -L "./$1" ] || exit 82"#, isReport: true)

  /// Writes the content of a file. Arguments: the path.
  static let read = SSHScript(#"[ -f "./$1" ] || exit 82; cat -- "./$1""#, isReport: true)

  /// Writes the number of free blocks and the size of a block in bytes.
  static let freeBlocks = SSHScript("stat --file-system --printf '%a %S' .")

  /// Makes the directory that rsync fills. Arguments: the version, the directory.
  static let begin = SSHScript(
    #"""
    if [ -e "./$1" ] || [ -L "./$1" ]; then exit 81; fi
    mkdir -p -- "./$2"
    """#)

  /// Verifies the files in the directory against the list that is read, and gives the directory its
  /// name. Arguments: the version, the directory, the digest of the list.
  static let finish = SSHScript(
    #"""
    received "$2.list" "$3"
    mv -T -- "$new" "./$2.list"
    top=$PWD
    if [ ! -d "./$2" ]; then
      # An earlier try may have given the directory its name.
      cd -- "./$1"
      sha256sum --check --strict --quiet -- "$top/$2.list" >&2 || exit 81
      rm -f -- "$top/$2.list"
      exit
    fi
    cd -- "./$2"
    sha256sum --check --strict --quiet -- "$top/$2.list" >&2
    while IFS= read -r line; do
      name=./${line#*  }
      sync -- "$name" "$(dirname -- "$name")"
    done <"$top/$2.list"
    sync -- .
    cd -- "$top"
    locked
    if [ -e "./$1" ] || [ -L "./$1" ]; then exit 81; fi
    parent=$(dirname -- "./$1")
    mkdir -p -- "$parent"
    mv -T -- "./$2" "./$1"
    rm -f -- "./$2.list"
    while :; do
      sync -- "$parent"
      [ "$parent" != . ] || break
      parent=$(dirname -- "$parent")
    done
    """#)

  /// Hides a version that has a list of digests. Arguments: the version.
  static let beginRemoval = SSHScript(
    #"""
    [ -f "./$1/SHA256SUMS" ] || exit 0
    removed=./.$(basename -- "$1").removed
    rm -rf -- "$removed"
    locked
    mv -T -- "./$1" "$removed"
    parent=$(dirname -- "./$1")
    while [ "$parent" != . ] && rmdir -- "$parent" 2>/dev/null; do parent=$(dirname -- "$parent"); done
    """#)

  /// Removes what is hidden, and writes its names, each with a NUL. Arguments: the variants.
  static let finishRemovals = SSHScript(
    #"""
    set +f
    for removed in ./.*.removed; do
      [ -e "$removed" ] || continue
      rm -rf -- "$removed"
      printf '%s\0' "$removed"
    done
    set -f
    locked
    for parent; do
      while [ "$parent" != . ] && rmdir -- "./$parent" 2>/dev/null; do
        parent=$(dirname -- "$parent")
      done
    done
    """#)

  /// Writes a file from what is read, if the file is still the expected one. Arguments: the path, the
  /// digest of what is read, the digest of the expected content (`-` for no file).
  static let replace = SSHScript(
    #"""
    locked
    received "$1" "$2"
    found=-
    [ ! -e "./$1" ] || found=$(digest "./$1")
    # An earlier try may have written it.
    if [ "$found" != "$3" ] && [ "$found" != "$2" ]; then rm -f -- "$new"; exit 83; fi
    mv -T -- "$new" "./$1"
    """#)

  /// Writes a file from what is read. Arguments: the path, the digest of what is read.
  static let write = SSHScript(
    #"""
    locked
    received "$1" "$2"
    mv -T -- "$new" "./$1"
    """#)

  /// Makes a symbolic link. Arguments: its path, its target.
  static let link = SSHScript(
    #"""
    locked
    mkdir -p -- "$(dirname -- "./$1")"
    ln -sfn -- "$2" "./$1.partial"
    mv -T -- "./$1.partial" "./$1"
    """#)

  /// Writes the mode, the size, the time and the path of everything below a directory, each with a
  /// NUL. Arguments: the directory.
  static let files = SSHScript(
    #"""
    listing() {
      [ -r . ] && [ -x . ] || fail "$PWD: no permission to read"
      set +f
      for pattern in '*' '.[!.]*'; do
        # What another publisher removes meanwhile is not there.
        (set -- "$1"$pattern; if [ -e "$1" ] || [ -L "$1" ]; then
          stat --printf '%f %s %Y %n\0' -- "$@" 2>/dev/null || :
        fi)
      done
      for entry in "$1"* "$1".[!.]*; do
        if [ -d "$entry" ] && [ ! -L "$entry" ]; then listing "$entry/"; fi
      done
    }
    [ -d "./$1" ] || exit 0
    cd -- "./$1"
    listing ./
    """#, isReport: true)

  /// Makes the directory for files that are added. Arguments: the directory.
  static let beginAdding = SSHScript(#"mkdir -p -- "./$1""#)

  /// Moves files to their places, in the order of the list that is read. Arguments: the directory
  /// that has them, the digest of the list.
  static let finishAdding = SSHScript(
    #"""
    received "$1.list" "$2"
    mv -T -- "$new" "./$1.list"
    sync --file-system -- "./$1"
    locked
    directory=
    flush() { [ $# = 0 ] || mv -f -t "$directory" -- "$@"; }
    from=$1
    set --
    while IFS= read -r path; do
      # An earlier try may have moved it.
      [ -e "./$from/$path" ] || continue
      case $path in */*) parent=./${path%/*} ;; *) parent=. ;; esac
      if [ "$parent" != "$directory" ] || [ $# -ge 200 ]; then
        flush "$@"
        set --
        directory=$parent
        mkdir -p -- "$directory"
      fi
      set -- "$@" "./$from/$path"
    done <"./$from.list"
    flush "$@"
    sync --file-system .
    rm -rf -- "./$from" "./$from.list"
    """#)

  /// Removes the files whose paths are read, if they exist.
  static let removeFiles = SSHScript(
    #"""
    base64 -d | {
      set --
      while IFS= read -r path; do
        set -- "$@" "./$path"
        if [ $# -ge 200 ]; then rm -f -- "$@"; set --; fi
      done
      [ $# = 0 ] || rm -f -- "$@"
    }
    """#)
}

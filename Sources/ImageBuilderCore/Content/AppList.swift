import Bindings
import Configuration

/// What an image gets, as the parts that go together: applications with their extensions, and the
/// runtimes that they share.
struct AppList {
  /// A ref that is installed.
  struct Part: Sendable, Equatable {
    let ref: FlatpakRef
    let remote: String
    let installedSizeInBytes: UInt64
    let downloadSizeInBytes: UInt64
    /// Whether only some languages of it are installed. The sizes are those of all languages.
    let isPartial: Bool
  }

  /// The size of one part or of several. If one of them is partial, it is an upper bound.
  struct Size: Sendable, Equatable, CustomStringConvertible {
    let sizeInBytes: UInt64
    let isUpperBound: Bool

    init(_ parts: [Part], _ size: (Part) -> UInt64) {
      sizeInBytes = parts.reduce(0) { $0 + size($1) }
      isUpperBound = parts.contains(where: \.isPartial)
    }

    var description: String { (isUpperBound ? "<= " : "") + formattedSize(sizeInBytes) }
  }

  /// An application or a runtime with the extensions that only it has.
  struct Bundle: Sendable, Equatable {
    let main: Part
    let extensions: [Part]
    /// The runtime of an application; nil for a runtime, and if it needs none.
    let runtime: FlatpakRef?

    var parts: [Part] { [main] + extensions }
    var installedSizeInBytes: UInt64 { parts.installedSize.sizeInBytes }
  }

  /// The applications, sorted by ref.
  let apps: [Bundle]
  /// The runtimes, sorted by ref.
  let runtimes: [Bundle]
  /// The runtimes that a list of the configuration names. They stay when no application needs them.
  let wantedRuntimes: Set<FlatpakRef>

  init(apps: [Bundle], runtimes: [Bundle], wantedRuntimes: Set<FlatpakRef>) {
    (self.apps, self.runtimes, self.wantedRuntimes) = (apps, runtimes, wantedRuntimes)
  }

  init(_ resolution: FlatpakResolution) {
    let operations = resolution.operations
    let needed = Set(operations.compactMap { $0.metadata.runtime }.map { "runtime/\($0)" })
    let wanted = Set(resolution.found.map(\.offer.ref))
    func isMain(_ operation: FlatpakOperation) -> Bool {
      operation.ref.kind == .app || needed.contains("\(operation.ref)")
        || wanted.contains(operation.ref) || operation.neededBy.isEmpty
    }
    // An extension belongs to the first that needs it.
    let owned = Dictionary(
      grouping: operations.filter { !isMain($0) }, by: { $0.neededBy.min()! })
    func bundles(_ kind: FlatpakRef.Kind) -> [Bundle] {
      operations.filter { $0.ref.kind == kind && isMain($0) }.map { operation in
        Bundle(
          main: Part(operation), extensions: (owned[operation.ref] ?? []).map(Part.init),
          runtime: kind == .app
            ? operation.metadata.runtime.flatMap { FlatpakRef("runtime/\($0)") } : nil)
      }
    }
    apps = bundles(.app)
    runtimes = bundles(.runtime)
    wantedRuntimes = wanted.filter { $0.kind == .runtime }
  }

  /// Everything that is installed.
  var parts: [Part] { (apps + runtimes).flatMap(\.parts) }

  /// What the image loses without some applications. A runtime goes with the last application that
  /// needs it.
  func parts(without removed: Set<FlatpakRef>) -> [Part] {
    let kept = apps.filter { !removed.contains($0.main.ref) }
    let needed = Set(kept.compactMap(\.runtime)).union(wantedRuntimes)
    let lost =
      apps.filter { removed.contains($0.main.ref) }
      + runtimes.filter { !needed.contains($0.main.ref) }
    return lost.flatMap(\.parts)
  }
}

extension [AppList.Part] {
  var installedSize: AppList.Size { AppList.Size(self, \.installedSizeInBytes) }
  var downloadSize: AppList.Size { AppList.Size(self, \.downloadSizeInBytes) }
}

extension AppList.Part {
  init(_ operation: FlatpakOperation) {
    ref = operation.ref
    remote = operation.remote
    installedSizeInBytes = operation.installedSizeInBytes
    downloadSizeInBytes = operation.downloadSizeInBytes
    isPartial = !operation.subpaths.isEmpty
  }
}

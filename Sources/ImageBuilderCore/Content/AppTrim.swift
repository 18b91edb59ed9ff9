import Bindings

/// Applications to remove so that an image gets smaller.
struct AppTrim {
  /// The applications to remove.
  let removed: Set<FlatpakRef>
  /// What that saves.
  let savedSize: AppList.Size
  /// What was asked for.
  let wantedSizeInBytes: UInt64

  /// Whether removing these applications saves as much as was asked for.
  var isEnough: Bool { savedSize.sizeInBytes >= wantedSizeInBytes }

  /// Chooses applications: always the one that saves most, and at the end without those that turn out
  /// not to be needed.
  ///
  /// - Parameter kept: the names of applications that stay.
  init(_ list: AppList, saving wantedSizeInBytes: UInt64, keeping kept: Set<String>) {
    self.wantedSizeInBytes = wantedSizeInBytes
    var candidates = list.apps.map(\.main.ref).filter { !kept.contains($0.name) }
    var removed: Set<FlatpakRef> = []
    func saved(_ refs: Set<FlatpakRef>) -> UInt64 {
      list.parts(without: refs).installedSize.sizeInBytes
    }
    while saved(removed) < wantedSizeInBytes {
      let best = candidates.max { first, second in
        let sizes = (saved(removed.union([first])), saved(removed.union([second])))
        return sizes.0 == sizes.1 ? second < first : sizes.0 < sizes.1
      }
      guard let best else { break }
      candidates.removeAll { $0 == best }
      removed.insert(best)
    }
    if saved(removed) >= wantedSizeInBytes {
      let sizes = Dictionary(
        list.apps.map { ($0.main.ref, $0.installedSizeInBytes) }
      ) { first, _ in first }
      for ref in removed.sorted(by: { (sizes[$0] ?? 0, $0) < (sizes[$1] ?? 0, $1) })
      where saved(removed.subtracting([ref])) >= wantedSizeInBytes {
        removed.remove(ref)
      }
    }
    self.removed = removed
    savedSize = list.parts(without: removed).installedSize
  }
}

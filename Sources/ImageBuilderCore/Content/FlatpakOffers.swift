import Bindings
import Configuration

/// What the remotes of a configuration offer, and how the names in its lists are found there.
struct FlatpakOffers {
  let settings: FlatpakSettings
  /// The offers of each remote, by its name.
  let byRemote: [String: [FlatpakRef: FlatpakOffer]]
  /// The default branch of each remote: that of the configuration, else that of its summary.
  let defaultBranches: [String: String]

  /// A ref that a list names.
  struct Found {
    let offer: FlatpakOffer
    let remote: FlatpakSettings.Remote
    let wanted: FlatpakSettings.Wanted
  }

  /// Finds all names of all lists.
  ///
  /// - Throws: `FlatpakError.problems` with everything that cannot be installed.
  func find() throws -> [Found] {
    var found: [Found] = []
    var problems: [FlatpakError.Problem] = []
    for remote in settings.remotes {
      for wanted in remote.wanted {
        if let offer = offer(wanted, of: remote) {
          found.append(Found(offer: offer, remote: remote, wanted: wanted))
        } else {
          problems.append(
            FlatpakError.Problem(
              option: wanted.label, text: absence(of: wanted, in: remote)))
        }
      }
    }
    problems += found.flatMap(problemsOfRuntime)
    for (ref, twice) in Dictionary(grouping: found, by: \.offer.ref) where twice.count > 1 {
      let others = twice.dropFirst().map(\.wanted.label).joined(separator: ", ")
      problems.append(
        FlatpakError.Problem(
          option: twice[0].wanted.label,
          text: "\(ref) is named by \(others), too; a system can have it from one remote"))
    }
    problems += found.flatMap { self.problems(of: $0.offer.ref, $0.offer.metadata, for: $0) }
    guard problems.isEmpty else { throw FlatpakError.problems(problems) }
    return found
  }

  /// The names that are excluded or allowed, but that no remote offers.
  var unknownNames: [FlatpakError.Problem] {
    let offered = Set(byRemote.values.flatMap(\.keys).map(\.name))
    return settings.remotes.flatMap { remote in
      [remote.excluded, remote.allowedExtraData].flatMap { list in
        list.unknown(among: offered) { "no remote offers \($0) for \(settings.arch)" }
      }
    }
  }

  /// What forbids to install a ref: it is excluded, or has extra data that is not allowed, or was
  /// replaced by another one.
  ///
  /// - Parameter found: the ref of a list that it is, or that needs it.
  func problems(
    of ref: FlatpakRef, _ metadata: FlatpakMetadata, for found: Found
  ) -> [FlatpakError.Problem] {
    let subject =
      ref == found.offer.ref ? "\(found.wanted.name)" : "\(found.wanted.name) needs \(ref), which"
    func problem(_ text: String) -> FlatpakError.Problem {
      FlatpakError.Problem(option: found.wanted.label, text: "\(subject) \(text)")
    }
    var problems: [FlatpakError.Problem] = []
    if let remote = settings.remotes.first(where: { $0.excluded.names.contains(ref.name) }) {
      problems.append(problem("is excluded by \(remote.options.excluded.name)"))
    }
    let allowed = settings.remotes.contains { $0.allowedExtraData.names.contains(ref.name) }
    if !metadata.extraData.isEmpty, !allowed {
      let hosts = metadata.extraData.map(\.url).joined(separator: ", ")
      problems.append(
        problem(
          "has extra data, which its publisher may not let others publish (\(hosts)); add "
            + "\(ref.name) to \(found.remote.options.allowedExtraData.name) to allow it"))
    }
    let offer = byRemote.values.compactMap { $0[ref] }.first
    if let replacement = offer?.replacement {
      problems.append(problem("gets no more updates and was replaced by \(replacement)"))
    }
    return problems
  }

  /// A runtime is found in any remote.
  private func problemsOfRuntime(_ found: Found) -> [FlatpakError.Problem] {
    guard let name = found.offer.metadata.runtime, let runtime = FlatpakRef("runtime/\(name)"),
      runtime != found.offer.ref
    else { return [] }
    let offers = byRemote.values.compactMap { $0[runtime] }
    guard let offer = offers.first else {
      return [
        FlatpakError.Problem(
          option: found.wanted.label,
          text: "\(found.wanted.name) needs \(runtime), which no remote offers")
      ]
    }
    return problems(of: runtime, offer.metadata, for: found)
  }

  private func offer(
    _ wanted: FlatpakSettings.Wanted, of remote: FlatpakSettings.Remote
  ) -> FlatpakOffer? {
    let branch = wanted.name.branch ?? defaultBranches[remote.name]
    return candidates(wanted, in: remote).last { branch == nil || $0.ref.branch == branch }
  }

  /// The branches of a name, sorted.
  private func candidates(
    _ wanted: FlatpakSettings.Wanted, in remote: FlatpakSettings.Remote
  ) -> [FlatpakOffer] {
    let arch = wanted.name.arch ?? settings.arch
    return (byRemote[remote.name] ?? [:]).values.filter {
      $0.ref.kind == wanted.kind && $0.ref.name == wanted.name.name && $0.ref.arch == arch
    }.sorted { $0.ref < $1.ref }
  }

  private func absence(
    of wanted: FlatpakSettings.Wanted, in remote: FlatpakSettings.Remote
  ) -> String {
    let offers = byRemote[remote.name] ?? [:]
    let branches = candidates(wanted, in: remote).map(\.ref.branch)
    if !branches.isEmpty {
      let branch = wanted.name.branch ?? defaultBranches[remote.name] ?? ""
      return "\(remote.name) has \(wanted.name.name), but not on the branch \(branch); it has "
        + branches.map { "\(wanted.name.name)//\($0)" }.joined(separator: ", ")
    }
    let sameName = offers.keys.filter { $0.name == wanted.name.name }
    let arches = Set(sameName.filter { $0.kind == wanted.kind }.map(\.arch)).sorted()
    if !arches.isEmpty {
      return
        "\(remote.name) has \(wanted.name.name) for \(arches.joined(separator: ", ")), but not "
        + "for \(wanted.name.arch ?? settings.arch)"
    }
    if let other = sameName.first {
      let hint = other.kind == .app ? "an app; name it in apps" : "a runtime; name it in runtimes"
      return "\(wanted.name) is \(hint)"
    }
    let elsewhere = settings.remotes.map(\.name).filter { name in
      name != remote.name && byRemote[name]?.keys.contains { $0.name == wanted.name.name } == true
    }
    if !elsewhere.isEmpty {
      return "\(remote.name) has no \(wanted.name), but \(elsewhere.joined(separator: ", ")) has it"
    }
    let names = Set(offers.keys.filter { $0.kind == wanted.kind }.map(\.name)).sorted()
    let nearest = NearestName.find(wanted.name.name, among: names)
    return "\(remote.name) has no \(wanted.kind.rawValue) \(wanted.name)"
      + (nearest.map { "; did you mean \($0)?" } ?? "")
  }
}

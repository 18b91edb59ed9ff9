import Bindings
import Configuration
import SystemPackage

/// Finds out what is to be done for one variant.
struct MemberLook {
  let member: Fleet.Member
  let fleet: Fleet
  let survey: FleetSurvey
  let released: Set<PublishedVersion>
  let rebuilds: Bool
  /// Seconds since 1970.
  let now: UInt64
  let files: InputFiles
  /// The job of a cluster that builds the variant, or has built it not long ago.
  let job: SlurmJob?

  /// - Throws: `UnreachableDestination`; `CancellationError`.
  func run(_ tree: FleetTrees.Answer) async throws -> (MemberState, FleetLook.Pins?) {
    let newest = try await NewestVersion.find(member, survey)
    var state = MemberState(
      name: member.name,
      newest: newest.map {
        MemberState.Newest(
          version: $0.name, buildVersion: $0.buildVersion, secondsSinceEpoch: $0.secondsSinceEpoch,
          isReleased: released.contains(PublishedVersion(member.published, $0.name)))
      },
      places: survey.places(of: member.published, holding: newest?.name))
    do {
      let pins = try await pins(tree)
      state.need = try await need(newest, tree, pins)
      if case .build = state.need {
        if fleet.settings.scheduler == .slurm { try SlurmRun.check(member) }
        state.lastFailure = try await lastFailure(newest)
      }
      return (state, pins)
    } catch let error as NotForCluster {
      state.need = .correct("\(error)")
      return (state, nil)
    } catch let error as UnreachableDestination {
      throw error
    } catch let error as CancellationError {
      throw error
    } catch {
      state.need = .unknown(member.configuration.secretFilter("\(error)"))
      return (state, nil)
    }
  }

  /// Why the last build failed, if its version is newer than the newest one.
  private func lastFailure(_ newest: NewestVersion?) async throws -> String? {
    for index in survey.destinations(of: member.published) where survey.unseen[index] == nil {
      guard let shared = survey.fleet.destinations[index].destination.sharedFiles,
        let record = try await LastTryRecord.read(member.published, from: shared),
        !record.succeeded, let message = record.message
      else { continue }
      let failed = survey.fleet.members.first { $0.variant == member.published }?
        .buildVersion(in: record.version)
      if let failed, let old = newest?.buildVersion, failed < BuildVersion(old) { continue }
      let first = message.split(separator: "\n").first.map(String.init) ?? message
      return "\(record.time) on \(record.node): \(first)"
    }
    return nil
  }

  private func pins(_ tree: FleetTrees.Answer) async throws -> FleetLook.Pins {
    let probes = try await InputProbes.ask(member.configuration, member.paths)
    var commit: String?
    if case .known(.commit(let known)) = tree { commit = known }
    return FleetLook.Pins(
      tree: FleetTrees.key(of: member), commit: commit, probes: probes,
      inputs: try BuildInputs(
        member.configuration, member.paths, commit: commit, probes: probes.digests, files: files))
  }

  private func need(
    _ newest: NewestVersion?, _ tree: FleetTrees.Answer, _ pins: FleetLook.Pins
  ) async throws -> FleetNeed {
    if let day = try member.configuration.value(Options.release.endOfLife),
      now >= UInt64(clamping: day.end)
    {
      return .endOfLife("\(day)")
    }
    if FileLock.isHeld(member.paths.lock) { return .wait("a build of it runs on this host") }
    if let job, !job.state.isFinal { return .wait("\(job)") }
    if case .unknown(let reason) = tree { return .unknown(reason) }
    guard let newest else { return absence }
    if rebuilds { return .build(["--rebuild"]) }
    let reasons = try await changes(since: newest, tree, pins.inputs)
    if !reasons.isEmpty { return .build(reasons) }
    if let limit = fleet.settings.maximumAge, now > newest.secondsSinceEpoch,
      now - newest.secondsSinceEpoch >= UInt64(clamping: limit.components.seconds)
    {
      return .build(["the newest version has reached fleet:max_age"])
    }
    let lacking = survey.places(of: member.published, holding: newest.name)
      .filter { $0.hasNewest == false }.map(\.name)
    return lacking.isEmpty ? .nothing : .publish(lacking)
  }

  /// What is to be done if no destination that was looked at has a version.
  private var absence: FleetNeed {
    let unseen = survey.destinations(of: member.published).filter { survey.unseen[$0] != nil }
    guard !unseen.isEmpty else { return .build(["there is no version"]) }
    let places = unseen.map { survey.fleet.destinations[$0].place }
    return .unknown("\(places.joined(separator: ", ")) was not looked at, and may have a version")
  }

  /// What differs from the inputs of a version.
  private func changes(
    since newest: NewestVersion, _ tree: FleetTrees.Answer, _ inputs: BuildInputs
  ) async throws -> [String] {
    if case .known(.stale(let reason)) = tree {
      return ["the tree would be another one: \(reason)"]
    }
    guard let digest = newest.inputsDigest else {
      return ["\(newest.name) does not name its inputs"]
    }
    guard try inputs.digest != digest else { return [] }
    guard let text = try await newest.inputs(survey),
      let older = try? BuildInputs(parsing: text)
    else { return ["the inputs of \(newest.name) cannot be read"] }
    return inputs.changes(since: older)
  }
}

/// The newest version of a variant: at its destinations or, if it has none, in OUTDIR.
struct NewestVersion: Sendable {
  private enum Place: Sendable {
    case destinations(FleetSurvey.Version)
    case directory(FilePath)
  }

  /// OUTVERSION.
  let name: String
  let buildVersion: String?
  let secondsSinceEpoch: UInt64
  /// Nil if the manifest does not name it.
  let inputsDigest: String?
  private let place: Place

  /// - Returns: nil if there is none.
  /// - Throws: `UnreachableDestination`.
  static func find(_ member: Fleet.Member, _ survey: FleetSurvey) async throws -> NewestVersion? {
    guard !survey.destinations(of: member.published).isEmpty else {
      return NewestVersion(keptBy: member)
    }
    guard let version = survey.newest(of: member.published, notAfter: nil) else { return nil }
    return NewestVersion(version, inputsDigest: try await survey.facts(of: version)?.entry.inputs)
  }

  private init(_ version: FleetSurvey.Version, inputsDigest: String?) {
    name = version.version.name
    buildVersion = version.buildVersion.text
    secondsSinceEpoch = version.secondsSinceEpoch
    self.inputsDigest = inputsDigest
    place = .destinations(version)
  }

  /// The outputs that a complete build has left.
  private init?(keptBy member: Fleet.Member) {
    let outputs = member.paths.outputDirectory
    let suffix = ".\(OutputManifest.fileExtension)"
    guard !Directories.exists(member.paths.failure),
      Directories.exists(outputs.appending(OutputListing.checksumList)),
      let file = Directories.names(in: outputs).first(where: { $0.hasSuffix(suffix) }),
      let text = try? FileAccess.text(of: outputs.appending(file)),
      let manifest = try? JSONValue(parsing: text)
    else { return nil }
    name = String(file.dropLast(suffix.count))
    buildVersion = manifest["build_version"]?.string
    secondsSinceEpoch = UInt64(
      clamping: Directories.modificationTime(of: outputs.appending(file)) / 1_000_000_000)
    inputsDigest = manifest["inputs"]?.string
    place = .directory(outputs)
  }

  /// The content of `inputs.json`; nil if it is missing.
  ///
  /// - Throws: `UnreachableDestination`.
  func inputs(_ survey: FleetSurvey) async throws -> String? {
    let file = "\(name).\(OutputManifest.inputsExtension)"
    switch place {
    case .destinations(let version):
      return try await survey.read(file, of: version).map { String(decoding: $0, as: UTF8.self) }
    case .directory(let outputs): return try? FileAccess.text(of: outputs.appending(file))
    }
  }
}

extension FleetSurvey {
  /// The indices of the destinations of a variant.
  fileprivate func destinations(of variant: PublishedVariant) -> [Int] {
    fleet.destinations.indices.filter { fleet.destinations[$0].variants.contains(variant) }
  }

  /// The destinations of a variant, and whether they hold a version.
  fileprivate func places(
    of variant: PublishedVariant, holding name: String?
  ) -> [MemberState.Place] {
    let holding = versions[variant]?.first { $0.version.name == name }?.places ?? []
    return destinations(of: variant).map { index in
      MemberState.Place(
        name: fleet.destinations[index].kind,
        hasNewest: unseen[index] == nil
          ? holding.contains { $0.destination == index } : nil)
    }
  }
}

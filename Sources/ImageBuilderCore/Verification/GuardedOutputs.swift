import Configuration
import SystemPackage

/// The outputs while hooks of the groups check and publish run. After each of these hooks, the
/// outputs verify: files that the hook added are listed in SHA256SUMS, a list that it replaced is
/// written again, and any other change is an error.
///
/// Hooks upload the outputs, so this must hold before the next hook runs. A file is read only if it
/// may have changed.
struct GuardedOutputs {
  private let context: StageContext
  /// The digests of the files that hooks must not change.
  private let verified: [ExactName: String]
  /// The digests of all files that hooks may change.
  private var others: [ExactName: String] = [:]
  private var states: [ExactName: FileState]
  private var paths: BuildPaths { context.paths }

  /// Runs the hooks of a group. Without SHA256SUMS, for example because the site runs no manifest
  /// stage, there is nothing to guard.
  ///
  /// - Throws: as `HookRunner.run`; `OutputError.damagedByHook`.
  static func run(_ group: HookGroup, _ context: StageContext) async throws {
    let list = context.paths.outputDirectory.appending(OutputListing.checksumList)
    guard Directories.exists(list) else { return try await HookRunner(context).run(group) }
    var outputs = try GuardedOutputs(context)
    try await HookRunner(context).run(group) { try await outputs.inspect(after: $0) }
  }

  private init(_ context: StageContext) throws {
    self.context = context
    verified = Self.list(context.paths).digests
    states = Self.states(of: try OutputTree(context.paths.outputDirectory), context.paths)
    for name in states.keys where verified[name] == nil { others[name] = try digest(of: name) }
  }

  private static func states(of tree: OutputTree, _ paths: BuildPaths) -> [ExactName: FileState] {
    Dictionary(
      uniqueKeysWithValues: tree.sizesInBytes.keys.compactMap { name in
        FileState(of: paths.outputDirectory.pushing(FilePath(name.text))).map { (name, $0) }
      })
  }

  /// SHA256SUMS as it is now. It is empty if it cannot be read.
  private static func list(_ paths: BuildPaths) -> ChecksumList {
    let file = paths.outputDirectory.appending(OutputListing.checksumList)
    let text = try? UntrustedFile.text(
      of: file, maximumSizeInBytes: JSONValue.largestFileInBytes)
    return text.map { ChecksumList(parsing: $0) } ?? ChecksumList()
  }

  private mutating func inspect(after hook: Hook) async throws {
    let tree = try OutputTree(paths.outputDirectory)
    let found = Self.states(of: tree, paths)
    let touched = Set(found.keys).union(states.keys).filter { states[$0] != found[$0] }
    var findings = tree.findings
    if findings.isEmpty && touched.isEmpty { return }
    findings += changesOfVerifiedFiles(touched)
    var changed: Set<ExactName> = []
    if findings.isEmpty {
      changed = try changesOfOtherFiles(touched)
      let added = additions(changed, hook)
      findings += try await completeList(changed, added, hook)
    }
    if findings.isEmpty { findings += try await verify(changed) }
    guard findings.isEmpty else { throw OutputError.damagedByHook(hook.label, findings) }
    for name in [OutputListing.checksumList, OutputListing.checksumListSignature] {
      others[ExactName(name)] = try? digest(of: ExactName(name))
    }
    states = Self.states(of: try OutputTree(paths.outputDirectory), paths)
  }

  private func changesOfVerifiedFiles(_ touched: Set<ExactName>) -> [OutputFinding] {
    touched.sorted().compactMap { name in
      guard let expected = verified[name] else { return nil }
      do {
        let digest = try digest(of: name)
        return digest == expected
          ? nil : OutputFinding(name.text, "its SHA-256 was \(expected) and is \(digest) now")
      } catch Errno.noSuchFileOrDirectory {
        return OutputFinding(name.text, "was removed")
      } catch {
        return OutputFinding(name.text, "\(error)")
      }
    }
  }

  /// Updates `others`.
  ///
  /// - Returns: the files that were added or removed, or have another content.
  private mutating func changesOfOtherFiles(_ touched: Set<ExactName>) throws -> Set<ExactName> {
    var changed: Set<ExactName> = []
    for name in touched where verified[name] == nil {
      let path = paths.outputDirectory.pushing(FilePath(name.text))
      let found = Directories.exists(path) ? try digest(of: name) : nil
      if others[name] != found { changed.insert(name) }
      others[name] = found
    }
    return changed
  }

  /// Names the new files in the log.
  ///
  /// - Returns: the digests of all files that hooks have added and that SHA256SUMS lists.
  private func additions(_ changed: Set<ExactName>, _ hook: Hook) -> [ExactName: String] {
    let covered = Set(OutputListing(paths).covered.map { ExactName($0) })
    for name in changed.sorted() where others[name] != nil && states[name] == nil {
      let place = covered.contains(name) ? ", which SHA256SUMS lists now" : ""
      StageLog.line(hook.label, "added \(visible(name.text))\(place)")
    }
    return others.filter { covered.contains($0.key) }
  }

  /// Writes SHA256SUMS and its signature, unless the list is complete. A hook may have signed a
  /// complete list itself.
  private func completeList(
    _ changed: Set<ExactName>, _ added: [ExactName: String], _ hook: Hook
  ) async throws -> [OutputFinding] {
    let (name, signature) = (OutputListing.checksumList, OutputListing.checksumListSignature)
    let isSigned = Directories.exists(paths.outputDirectory.appending(signature))
    let wasSigned = states[ExactName(signature)] != nil
    let list = ChecksumList(verified.merging(added) { _, new in new })
    let found = Self.list(paths)
    if found.findings.isEmpty && found.digests == list.digests {
      if isSigned || !wasSigned { return [] }
    } else if changed.contains(ExactName(name)) {
      StageLog.line(
        hook.label,
        "replaced \(name), which is written again and lists all \(list.digests.count) files")
    }
    let isSignedByBuild = try await list.write(context.configuration, paths)
    guard isSigned && !isSignedByBuild else { return [] }
    return [
      OutputFinding(
        signature,
        "is not the signature of the complete \(name), and image:signing_keyid and "
          + "image:signing_command are empty")
    ]
  }

  /// Verifies names, sidecars, and the signatures that may have changed.
  private func verify(_ changed: Set<ExactName>) async throws -> [OutputFinding] {
    try await TemporaryDirectory.with(in: paths.temporaryDirectory) { scratch in
      try await TrustedSigners.ofBuild(context, scratch) { signers in
        let listed = try ListedOutputs(paths.outputDirectory, mustBeSigned: signers != nil)
        let signatures = listed.sidecars.filter {
          $0.kind == .signature && changed.contains(ExactName($0.name))
        }
        let verification = OutputVerification(
          directory: paths.outputDirectory, signers: signers, scratch: scratch)
        return listed.findings + listed.sidecarFindings()
          + Self.findings(ofRawImages: signatures)
          + (await verification.checkSignatures(signatures, [:]).findings)
      }
    }
  }

  /// The raw image exists no longer, so its signature cannot be verified again.
  private static func findings(ofRawImages signatures: [Sidecar]) -> [OutputFinding] {
    signatures.compactMap {
      guard case .rawImage(let image) = $0.base else { return nil }
      return OutputFinding($0.name, "was changed; it signs the raw image in \(image.text)")
    }
  }

  private func digest(of name: ExactName) throws -> String {
    try UntrustedFile.digest(
      of: paths.outputDirectory.pushing(FilePath(name.text)), sizeInBytes: nil
    ).digest
  }
}

extension TrustedSigners {
  /// Calls `body` with the keys with which this build signs. If it does not sign, hooks may;
  /// `image:signing_public_keys` lists the files with their public keys.
  ///
  /// - Parameter scratch: an existing directory.
  /// - Throws: as `Signing.with` and `TrustedSigners.with`.
  static func ofBuild<Result>(
    _ context: StageContext, _ scratch: FilePath,
    _ body: (TrustedSigners?) async throws -> Result
  ) async throws -> Result {
    let keys = try await Signing.with(context.configuration, context.paths) { signer in
      try signer?.publicKeys(scratch) ?? context.configuration.signingPublicKeys
    }
    return try await with(keys, body)
  }
}

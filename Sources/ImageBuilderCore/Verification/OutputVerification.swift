import Bindings
import Configuration
import SystemPackage

/// Verifies the files in an output directory against manifest.json and SHA256SUMS, and these
/// against their signatures.
///
/// Nothing in the directory is trusted. Cheap checks come first, and disk images are inspected only
/// if everything else is correct.
struct OutputVerification: Sendable {
  let directory: FilePath
  /// Nil if there is no key. Nothing may be signed then.
  var signers: TrustedSigners?
  /// An empty directory with space for a disk image.
  let scratch: FilePath
  /// The image that is inspected instead of the unpacked one, if both have the same digest.
  var keptImage: KeptImage?
  /// The server whose files are verified. What has to be stored of them is stored in `directory`,
  /// which is empty at first. The other files are read once.
  var remote: RemoteOutputs?

  /// The tools that inspect disk images.
  static let tools = [
    RequiredTool(name: "e2fsck", package: "e2fsprogs", purpose: "check the root filesystem"),
    RequiredTool(name: "debugfs", package: "e2fsprogs", purpose: "read the root filesystem"),
    RequiredTool(name: "fsck.vfat", package: "dosfstools", purpose: "check EFI system partitions"),
    RequiredTool(name: "mdir", package: "mtools", purpose: "read EFI system partitions"),
  ]

  /// The result of a verification.
  struct Result: Sendable {
    var findings: [OutputFinding]
    /// The names of the files in SHA256SUMS, sorted.
    var covered: [String] = []
    /// The commit that the image boots.
    var commit: String?
    /// The fingerprint of the key that signed SHA256SUMS; nil if nothing is signed.
    var signer: String?
    /// The name of the compressed disk image, its raw image in `scratch` (or `keptImage`), and the
    /// digest of the raw image.
    var image: (name: String, raw: RawDiskImage, digest: String)?
    /// The raw image of the second disk in `scratch`; nil if there is none.
    var secondDisk: RawDiskImage?
  }

  /// - Throws: `VerificationError`; `NoOutputDirectory`; `MissingTool`; as
  ///   `ImageContent.problems()`.
  func run() async throws -> Result {
    var lists: RemoteLists?
    if let remote { lists = try await RemoteLists(of: remote, in: directory, signers) }
    if let lists, !lists.findings.isEmpty { return Result(findings: lists.findings) }
    let remoteNames = lists?.remoteNames ?? []
    let listed = try await BlockingWork.run { _ in
      try ListedOutputs(directory, mustBeSigned: signers != nil, remoteNames: remoteNames)
    }
    if signers == nil, let signature = listed.signatures.first {
      throw VerificationError.noKey(
        signature: signature, remote?.url ?? directory.string)
    }
    if remote != nil { try checkSpace(listed) }
    // If this build made the image, it may be unpacked before everything else has been verified.
    async let ownImages = keptImage == nil ? nil : verifyImages(listed)
    let (contents, problems) = try await readContents(listed)
    let signatures = await checkSignatures(
      listed.sidecars.filter { !isOfRemoteImage($0, listed) }, contents)
    let findings =
      listed.findings + problems + signatures.findings
      + nameFindings(listed, at: remote?.url ?? directory.string)
    var result = Result(
      findings: findings, covered: listed.checksums.digests.keys.sorted().map(\.text),
      commit: listed.manifest.commit, signer: signatures.signer)
    guard findings.isEmpty else { return result }
    var images = try await ownImages
    if images == nil { images = try await verifyImages(listed) }
    result.findings += images?.findings ?? []
    result.image = images?.full
    result.secondDisk = images?.secondDisk
    return result
  }

  /// A server may answer with another version than the one that was asked for. A place that does not
  /// have the form of OUTVERSION, such as that of the newest version, may have any.
  private func nameFindings(_ listed: ListedOutputs, at place: String) -> [OutputFinding] {
    let name = place.split(separator: "/").last.map(String.init) ?? ""
    let architectures = Architecture.allCases.map(\.rawValue).joined(separator: "|")
    guard let version = listed.version, version != name,
      let form = try? Regex("[^.]+-(\(architectures))-[^.]+[.].+[.][^.]+"),
      name.wholeMatch(of: form) != nil
    else { return [] }
    return [OutputFinding(name, "is the version \(version) and not what its name says")]
  }

  /// Images that are only compressed are kept until the verification ends. The others are on the
  /// disk one at a time, with their content.
  private func checkSpace(_ listed: ListedOutputs) throws {
    var (kept, largest): (UInt64, UInt64) = (0, 0)
    for image in listed.manifest.images {
      guard let raw = image.raw else { continue }
      guard raw.compression == nil else {
        kept += raw.sizeInBytes
        continue
      }
      let packed = listed.manifest.files[image.file]?.sizeInBytes ?? 0
      largest = max(largest, raw.sizeInBytes + min(packed, raw.diskSizeInBytes))
    }
    let needed = kept + largest
    let free = try DiskSpace(at: scratch).freeBytes
    guard needed <= free else {
      throw VerificationError.littleSpace(scratch, freeInBytes: free, neededInBytes: needed)
    }
  }

  /// Reads every file once, except images on a server, which are unpacked while they are read.
  private func readContents(
    _ listed: ListedOutputs
  ) async throws -> (contents: [ExactName: FileFacts], findings: [OutputFinding]) {
    var (contents, findings) = try await BlockingWork.run { _ in listed.readContents() }
    guard let remote else { return (contents, findings) }
    for name in listed.remoteNames.sorted() where !isRemoteImage(name, listed) {
      do {
        let content = try await remote.content(
          of: name.text, sizeInBytes: listed.manifest.files[name]?.sizeInBytes)
        contents[name] = content
        findings += listed.differences(name, content)
      } catch let refusal as UntrustedFile.Refusal {
        findings.append(OutputFinding(name.text, "\(refusal)"))
      }
    }
    return (contents, findings)
  }

  private func isRemoteImage(_ name: ExactName, _ listed: ListedOutputs) -> Bool {
    listed.remoteNames.contains(name)
      && listed.manifest.images.contains {
        $0.file == name && ($0.raw != nil || $0.format == BootArchive.name)
      }
  }

  private func isOfRemoteImage(_ sidecar: Sidecar, _ listed: ListedOutputs) -> Bool {
    guard case .file(let base) = sidecar.base else { return false }
    return isRemoteImage(ExactName(base), listed)
  }

  private struct ImageResults {
    var findings: [OutputFinding] = []
    var full: (name: String, raw: RawDiskImage, digest: String)?
    var secondDisk: RawDiskImage?
  }

  private func verifyImages(_ listed: ListedOutputs) async throws -> ImageResults {
    var results = ImageResults()
    for (index, image) in listed.manifest.images.enumerated() {
      let own = scratch.appending("\(index)")
      try Directories.create(own, mode: 0o700)
      do {
        try await verify(image, listed, own, &results)
      } catch let error as SparseFile.NoRoom {
        throw VerificationError.noRoom(error)
      }
    }
    return results
  }

  /// Verifies the signatures of files that exist; the raw image is verified later. GnuPG itself
  /// verifies the signature of SHA256SUMS, because the trust in all other files is based on it.
  ///
  /// - Parameter contents: the files that have been read before. GnuPG reads the others.
  func checkSignatures(
    _ sidecars: [Sidecar], _ contents: [ExactName: FileFacts]
  ) async -> (signer: String?, findings: [OutputFinding]) {
    var result: (signer: String?, findings: [OutputFinding]) = (nil, [])
    for sidecar in sidecars where sidecar.kind == .signature {
      guard case .file(let base) = sidecar.base, let signers else { continue }
      do throws(TrustedSigners.Refusal) {
        let signature = path(sidecar.name)
        if let content = contents[ExactName(base)] {
          _ = try await signers.signer(of: signature, over: content, in: path(base))
        } else {
          let signer = try await signers.signer(of: signature, over: path(base))
          if base == OutputListing.checksumList { result.signer = signer }
        }
      } catch {
        result.findings.append(OutputFinding(sidecar.name, "\(error)"))
      }
    }
    return result
  }

  private func verify(
    _ image: ReadManifest.Image, _ listed: ListedOutputs, _ scratch: FilePath,
    _ result: inout ImageResults
  ) async throws {
    if image.format == BootArchive.name {
      return result.findings += try await findings(in: image, listed, scratch) { file, _ in
        try await BootArchive.check(file)
      }
    }
    guard let raw = image.raw else { return }
    if let container = ImageFormats.container(named: image.format) {
      return result.findings += try await findings(in: container, image, raw, listed, scratch)
    }
    guard let compression = raw.compression else { return }
    for tool in Self.tools + [compression.tool].compactMap({ $0 }) { _ = try tool.find() }
    let name = image.file.text
    let isBootable = image.format == CompressedDiskImage.name
    let kept = isBootable && keptImage?.digest == raw.digest ? keptImage : nil
    // This build made it, so it may be inspected before the comparison with the compressed image.
    async let keptProblems = problems(in: kept?.disk, .root, listed, scratch)
    let streamed = remote.map {
      StreamedImage($0, name, listed.manifest.files[image.file]?.sizeInBytes)
    }
    let extracted: ExtractedImage
    do {
      extracted = try await ExtractedImage(
        streamed?.packed ?? .file(path(name)), raw, to: scratch.appending("disk.img"), kept)
    } catch let mismatch as ExtractedImage.Mismatch {
      let causes = streamed?.content.map { listed.differences(image.file, $0) } ?? []
      result.findings += causes.isEmpty ? [OutputFinding(name, "\(mismatch)")] : causes
      return
    } catch let refusal as UntrustedFile.Refusal where remote != nil {
      return result.findings.append(OutputFinding(name, "\(refusal)"))
    }
    if let content = streamed?.content {
      let signatures = listed.sidecars.filter { $0.base == .file(name) }
      result.findings += listed.differences(image.file, content)
      result.findings += await checkSignatures(signatures, [image.file: content]).findings
    }
    async let signature = rawSignatureFinding(of: image, listed, extracted)
    if isBootable {
      var problems = try await keptProblems
      if kept == nil {
        problems = try await self.problems(in: extracted.disk, .root, listed, scratch)
      }
      result.findings += problems.map { OutputFinding(name, $0) }
      result.full = (name, extracted.disk, raw.digest)
    } else if image.format == OutputManifest.secondDisk {
      result.secondDisk = extracted.disk
      result.findings += try await problems(in: extracted.disk, .content, listed, scratch)
        .map { OutputFinding(name, $0) }
    }
    if let finding = await signature { result.findings.append(finding) }
  }

  private func problems(
    in disk: RawDiskImage?, _ role: PartitionTable.Role, _ listed: ListedOutputs,
    _ scratch: FilePath
  ) async throws -> [String] {
    guard let disk else { return [] }
    return try await ImageContent(
      image: disk, role: role, commit: listed.manifest.commit ?? "", arch: listed.manifest.arch,
      scratch: scratch
    ).problems()
  }

  private func rawSignatureFinding(
    of image: ReadManifest.Image, _ listed: ListedOutputs, _ extracted: ExtractedImage
  ) async -> OutputFinding? {
    for sidecar in listed.sidecars where sidecar.kind == .signature {
      guard sidecar.base == .rawImage(of: image.file), let signers else { continue }
      do throws(TrustedSigners.Refusal) {
        _ = try await signers.signer(
          of: path(sidecar.name), over: extracted.content, in: extracted.path)
      } catch {
        return OutputFinding(sidecar.name, "\(error)")
      }
    }
    return nil
  }

  func path(_ name: String) -> FilePath {
    directory.pushing(FilePath(name))
  }
}

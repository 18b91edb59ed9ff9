import Bindings
import Configuration
import SystemPackage

/// Fetches a version through `publish:public_url` after it has been published, as its users do.
struct ReadBack {
  private let context: StageContext
  /// The public URL of the top of a destination.
  let url: String
  private let check: PublicCheck

  /// SHA256SUMS and its signature as they are published. Hooks may change those of OUTDIR.
  private let lists: [String: [UInt8]]
  /// The sizes of the files that SHA256SUMS lists.
  private let sizesInBytes: [ExactName: UInt64]

  /// Notes what is published, before publish hooks run. Nil if there is nothing to check.
  ///
  /// - Throws: `ConfigurationError`; `LinuxError`; `NoOutputDirectory`.
  init?(_ context: StageContext) throws {
    let options = Options.publish
    check = try context.configuration.value(options.publicCheck)
    guard check != .none, let url = try context.configuration.value(options.publicURL) else {
      return nil
    }
    self.context = context
    self.url = url
    var lists: [String: [UInt8]] = [:]
    let outputs = context.paths.outputDirectory
    for name in [OutputListing.checksumList, OutputListing.checksumListSignature]
    where Directories.exists(outputs.appending(name)) {
      lists[name] = try FileAccess.bytes(of: outputs.appending(name))
    }
    self.lists = lists
    let text = String(decoding: lists[OutputListing.checksumList] ?? [], as: UTF8.self)
    let listed = ChecksumList(parsing: text).digests
    sizesInBytes = try OutputTree(outputs).sizesInBytes.filter { listed[$0.key] != nil }
  }

  /// - Throws: `ReadBackError`; `VerificationError`; `NetrcError`; as `OutputVerification.run`.
  func run(_ version: PublishedVersion) async throws {
    let url = "\(url)/\(percentEncoded(path: version.path))"
    try await context.times.measure("read back", ofBytes: fetchedBytes) { report in
      let outputs = try RemoteOutputs(
        url, logins: Netrc.path(in: context.paths.systemDirectory),
        RetryPolicy.configured { [context] in context.say($0) },
        TransferProgress { received, _ in report(received) })
      var findings = try await differences(outputs)
      if findings.isEmpty {
        findings = try await check == .full ? verify(outputs) : sizeFindings(outputs)
      }
      guard findings.isEmpty else { throw ReadBackError(url: url, findings: findings) }
    }
    context.say(
      check == .full
        ? "\(url) gives what was published" : "\(url) has the lists that were published")
  }

  /// The number of bytes that a full check fetches, apart from lists and signatures.
  private var fetchedBytes: UInt64? {
    guard check == .full else { return nil }
    return sizesInBytes.filter { !ListedOutputs.isManifest($0.key) }.values.reduce(0, +)
  }

  /// The list of digests must be the one that was published. A cache may have another.
  private func differences(_ outputs: RemoteOutputs) async throws -> [OutputFinding] {
    var findings: [OutputFinding] = []
    for (name, expected) in lists.sorted(by: { $0.key < $1.key }) {
      do {
        let found = try await outputs.bytes(
          of: name, maximumSizeInBytes: JSONValue.largestFileInBytes)
        if found == nil {
          findings.append(OutputFinding(name, "is not there"))
        } else if found != expected {
          findings.append(
            OutputFinding(name, "is not the one that was published; a cache may have an old one"))
        }
      } catch let refusal as UntrustedFile.Refusal {
        findings.append(OutputFinding(name, "\(refusal)"))
      }
    }
    return findings
  }

  private func verify(_ outputs: RemoteOutputs) async throws -> [OutputFinding] {
    try await TemporaryDirectory.with(in: context.paths.temporaryDirectory) { scratch in
      let lists = scratch.appending("lists")
      try Directories.create(lists, mode: 0o700)
      return try await TrustedSigners.ofBuild(context, scratch) { signers in
        var verification = OutputVerification(
          directory: lists, signers: signers, scratch: scratch)
        verification.remote = outputs
        return try await verification.run().findings
      }
    }
  }

  /// The files whose size the server reports differently.
  private func sizeFindings(_ outputs: RemoteOutputs) async throws -> [OutputFinding] {
    var findings: [OutputFinding] = []
    for (name, expected) in sizesInBytes.sorted(by: { $0.key < $1.key }) {
      do {
        guard let found = try await outputs.size(of: name.text), found != expected else { continue }
        throw UntrustedFile.Refusal(reason: "it has \(found) bytes there, not \(expected)")
      } catch let refusal as UntrustedFile.Refusal {
        findings.append(OutputFinding(name.text, "\(refusal)"))
      }
    }
    return findings
  }
}

/// What a server gives is not what was published there.
struct ReadBackError: ExitStatusError, CustomStringConvertible {
  let url: String
  let findings: [OutputFinding]

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "\(url) does not give what was published:" + listed(findings.map(\.description))
      + "\n  the version stays at the destinations, where it is whole; look at what serves the URL, "
      + "then: image-builder --verify \(url)"
  }
}

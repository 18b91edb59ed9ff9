import Bindings
import Configuration

/// Looks at the repository that a build will pull from. It asks for the files that the pull asks
/// for, in the same way, so it refuses no server that the pull accepts.
struct RemoteLook {
  private static let timeouts = TransferTimeouts(
    connection: .seconds(10), stall: .seconds(30), total: .seconds(60))
  private static let largestConfigurationInBytes = 1 << 20
  private static let largestRefInBytes = 1 << 12
  /// libostree reads no larger metadata (OSTREE_MAX_METADATA_SIZE).
  private static let largestSummaryInBytes = 128 << 20
  /// Larger files exist as well; they are not read.
  private static let largestProbeInBytes = 1 << 16

  private let source: TreeSource
  private let policy: RetryPolicy
  private let transport = HTTPTransport()

  /// - Parameter policy: when a failed request is sent again.
  init(source: TreeSource, _ policy: RetryPolicy = RetryPolicy().brief) {
    self.source = source
    self.policy = policy
  }

  /// - Throws: `TreeError`; `NetrcError`; `CancellationError`.
  func check() async throws {
    let configuration = try await bytes(of: "config", atMost: Self.largestConfigurationInBytes)
    if let configuration { try checkMode(String(decoding: configuration, as: UTF8.self)) }
    // libostree 2022.7 asks for the configuration only where there is a summary.
    if configuration == nil {
      let hasSummary = try await holds("summary")
      let hasRef = try await holds("refs/heads/\(source.ref)")
      if hasSummary || !hasRef {
        throw TreeError.noRepository(url: source.remote.url, option: source.urlOption)
      }
    }
    if source.remote.verifiesSummary, try await !holds("summary.sig") {
      throw source.unsignedSummary
    }
    try checkLocalRef()
  }

  /// Returns the commit that the ref has now: the content of its file, which takes one small request,
  /// or what the summary lists. The signature is not verified.
  ///
  /// - Throws: `TreeError`, `.absentRef` if there is no such ref; `GLibError`; `NetrcError`;
  ///   `CancellationError`.
  func commit() async throws -> String {
    if let path = source.localRepository {
      guard Directories.exists(path.appending("config")) else {
        throw TreeError.noRepository(url: source.remote.url, option: source.urlOption)
      }
      return try present(Repository(opening: path).checksum(of: source.ref))
    }
    let file = try await bytes(of: "refs/heads/\(source.ref)", atMost: Self.largestRefInBytes)
    if let commit = file.map({ String(decoding: $0, as: UTF8.self).filter { !$0.isWhitespace } }),
      DigestSyntax.isValid(commit)
    {
      return commit
    }
    let summary = try await bytes(of: "summary", atMost: Self.largestSummaryInBytes)
    return try present(summary.flatMap { FlatpakSummary($0).refs[source.ref]?.commit })
  }

  private func present(_ commit: String?) throws -> String {
    guard let commit else {
      throw TreeError.absentRef(source.ref, url: source.remote.url, option: source.urlOption)
    }
    return commit
  }

  /// Only files of the mode `archive` can be served. On this machine, every mode can be read.
  private func checkMode(_ configuration: String) throws {
    let modes = configuration.split(separator: "\n")
      .filter { $0.firstMatch(of: #/^\s*mode\s*=/#) != nil }
      .map { $0.drop { $0 != "=" }.dropFirst().trimmingPrefix(/\s+/).prefix { !$0.isWhitespace } }
    guard let mode = modes.last else {
      throw TreeError.noRepository(url: source.remote.url, option: source.urlOption)
    }
    guard source.remote.isLocal || mode.hasPrefix("archive") else {
      throw TreeError.unservedMode(
        String(mode), url: source.remote.url, option: source.urlOption)
    }
  }

  private func checkLocalRef() throws {
    guard let path = source.localRepository else { return }
    guard try Repository(opening: path).checksum(of: source.ref) == nil else { return }
    throw TreeError.absentRef(source.ref, url: source.remote.url, option: source.urlOption)
  }

  private func holds(_ file: String) async throws -> Bool {
    if let path = source.localRepository { return Directories.exists(path.appending(file)) }
    do {
      return try await bytes(of: file, atMost: Self.largestProbeInBytes) != nil
    } catch TreeError.unreachableRemote(let error, _) where error.kind == .tooLarge {
      return true
    }
  }

  /// Nil if there is no such file.
  private func bytes(of file: String, atMost limitInBytes: Int) async throws -> [UInt8]? {
    if let path = source.localRepository {
      let path = path.appending(file)
      guard Directories.exists(path) else { return nil }
      return try FileAccess.beginning(of: path, sizeInBytes: limitInBytes)
    }
    let request = HTTPRequest(
      url: source.url(of: file), headers: try source.access.headers(),
      maximumResponseInBytes: UInt64(limitInBytes), followsRedirects: true,
      timeouts: Self.timeouts, credentials: source.access.credentials)
    do {
      return try await transport.answer(to: request, policy).body
    } catch let error as TransferError where error.isAbsence {
      return nil
    } catch let error as TransferError where error.kind == .refused(status: 401) {
      throw source.refusedLogin
    } catch let error as TransferError {
      throw TreeError.unreachableRemote(error, option: source.urlOption)
    }
  }
}

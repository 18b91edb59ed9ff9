import Bindings
import Configuration
import FoundationEssentials
import Synchronization
import SystemPackage

/// Speaks with an OCI registry about one repository (OCI distribution specification 1.1).
final class RegistryClient: Sendable {
  private static let largestAnswerInBytes: UInt64 = 16 << 20
  private static let largestNumberOfPages = 10_000
  private static let contentType = "application/octet-stream"

  private let registry: RegistryReference
  private let passwords: FilePath?
  private let certificates: TransferCredentials
  private let policy: RetryPolicy
  private let timeouts: TransferTimeouts
  private let transport = HTTPTransport()
  /// The value of the header Authorization that the registry accepted last.
  private let authorization = Mutex<String?>(nil)

  /// - Parameters:
  ///   - passwords: a file with credentials, which is read when they are needed.
  ///   - authorities: a file with the certificates of the registry's authority; nil for those of the
  ///     system.
  init(
    _ registry: RegistryReference, _ passwords: FilePath?, authorities: FilePath?,
    _ policy: RetryPolicy, _ timeouts: TransferTimeouts
  ) {
    self.registry = registry
    self.passwords = passwords
    certificates = TransferCredentials(authorities: authorities)
    self.policy = policy
    self.timeouts = timeouts
  }

  // MARK: - Questions

  /// Starts an upload and cancels it, which needs the same rights as a whole one.
  ///
  /// - Throws: `UnreachableDestination`; `RegistryCredentials.Unusable`.
  func checkUpload() async throws {
    _ = try credentials()
    try await retrying {
      let location = try await startUpload()
      // A registry that cannot cancel an upload forgets it after some time.
      _ = try await send("DELETE", location)
    }
  }

  /// The names of all manifests.
  ///
  /// - Throws: `UnreachableDestination`.
  func tags() async throws -> [String] {
    var tags: [String] = []
    var page: String? = "n=1000"
    for _ in 0..<Self.largestNumberOfPages {
      guard let query = page else { return tags }
      let response = try await retrying {
        try await send("GET", url("tags/list?\(query)"), accepting: [200, 404], "list the tags")
      }
      if response.status == 404 {
        try requireAbsence(response, "list the tags")
        return tags
      }
      guard let list = try? JSONDecoder().decode(RegistryTagList.self, from: Data(response.body))
      else { throw unusable("its list of tags is not one") }
      tags += list.tags ?? []
      page = Self.nextPage(response)
    }
    throw unusable("its list of tags does not end")
  }

  /// The query of the next page: `Link: </v2/NAME/tags/list?last=TAG&n=1000>; rel="next"`.
  private static func nextPage(_ response: HTTPResponse) -> String? {
    guard let match = response["link"]?.firstMatch(of: #/<[^>?\s]*\?([^>\s]+)>[^,]*rel="?next"?/#)
    else { return nil }
    return String(match.1)
  }

  /// The bytes of a manifest; nil if there is none.
  ///
  /// - Parameter name: a tag or a digest.
  /// - Throws: `UnreachableDestination`.
  func manifest(_ name: String) async throws -> [UInt8]? {
    let what = "read the manifest \(name)"
    let response = try await retrying {
      try await send(
        "GET", url("manifests/\(name)"),
        headers: [("Accept", RegistryManifest.allMediaTypes.joined(separator: ", "))],
        accepting: [200, 404],
        what)
    }
    if response.status == 200 { return response.body }
    try requireAbsence(response, what)
    return nil
  }

  /// The content with a digest.
  ///
  /// - Throws: `UnreachableDestination`, also if the content has another digest.
  func blob(_ descriptor: RegistryManifest.Descriptor) async throws -> [UInt8] {
    let response = try await retrying {
      try await send(
        "GET", url("blobs/\(descriptor.digest)"), limit: descriptor.size, followsRedirects: true,
        accepting: [200], "read \(descriptor.digest)")
    }
    guard RegistryManifest.digest(of: response.body) == descriptor.digest else {
      throw unusable("\(descriptor.digest) has other content there")
    }
    return response.body
  }

  // MARK: - Changes

  /// Uploads content, unless the registry has it.
  ///
  /// - Parameter report: is called with the number of bytes so far.
  /// - Throws: `UnreachableDestination`.
  func upload(
    _ content: HTTPRequest.Body, _ digest: String, report: @escaping @Sendable (UInt64) -> Void
  ) async throws {
    try await retrying {
      let existing = try await send(
        "HEAD", url("blobs/\(digest)"), accepting: [200, 307, 404], "look for \(digest)")
      if existing.status != 404 { return }
      let location = try await startUpload()
      do {
        _ = try await send(
          "PUT", "\(location)\(location.contains("?") ? "&" : "?")digest=\(digest)",
          headers: [("Content-Type", Self.contentType)], body: content, report: report,
          accepting: [201], "upload \(digest)")
      } catch var error as Refusal where error.status == HTTPStatus.notFound {
        // The registry has forgotten the upload, or has completed it without an answer.
        error.isTransient = true
        throw error
      }
    }
  }

  /// Writes a manifest. What its name meant before is replaced.
  ///
  /// - Throws: `UnreachableDestination`, also if the manifest was damaged on the way. It is removed
  ///   then.
  func write(_ manifest: [UInt8], _ tag: String) async throws {
    let response = try await retrying {
      try await send(
        "PUT", url("manifests/\(tag)"), headers: [("Content-Type", RegistryManifest.mediaType)],
        body: .bytes(manifest), accepting: [201], "write the manifest \(tag)")
    }
    let digest = RegistryManifest.digest(of: manifest)
    guard let written = response["docker-content-digest"], written != digest else { return }
    if RegistryManifest.isDigest(written) { try await removeManifest(written) }
    throw unusable("the manifest \(tag) was damaged on the way; it had the digest \(written)")
  }

  /// Removes a manifest with all its tags, if it is there.
  ///
  /// - Throws: `UnreachableDestination`.
  func removeManifest(_ digest: String) async throws {
    try await retrying {
      let what = "remove the manifest \(digest)"
      let response = try await send(
        "DELETE", url("manifests/\(digest)"), accepting: [200, 202, 404, 405], what)
      if response.status == 404 { try requireAbsence(response, what) }
      if response.status == 405 {
        throw unusable("the registry does not permit deletion; enable it in its configuration")
      }
    }
  }

  /// - Returns: the URL to which the content is sent.
  private func startUpload() async throws -> String {
    let response = try await send(
      "POST", url("blobs/uploads/"), body: .bytes([]), accepting: [202], "begin an upload")
    guard let location = response["location"], !location.contains(where: \.isWhitespace) else {
      throw unusable("it did not say where to upload to")
    }
    if location.hasPrefix("/") { return origin + location }
    guard location.hasPrefix("https://") || (!registry.isEncrypted && location.hasPrefix("http://"))
    else {
      throw unusable("it wants uploads at \(location), without TLS; see its configuration")
    }
    return location
  }

  // MARK: - Requests

  private var origin: String {
    let host = registry.host == "docker.io" ? "registry-1.docker.io" : registry.host
    return "\(registry.isEncrypted ? "https" : "http")://\(host)"
  }

  private func url(_ path: String) -> String { "\(origin)/v2/\(registry.name)/\(path)" }

  /// Sends a request. Asks for authorization if the registry wants it.
  ///
  /// - Parameters:
  ///   - accepted: the statuses that are no error; nil for all.
  ///   - purpose: worded to follow "cannot".
  private func send(
    _ method: String, _ url: String, headers: [(name: String, value: String)] = [],
    body: HTTPRequest.Body? = nil, limit: UInt64 = largestAnswerInBytes,
    followsRedirects: Bool = false, report: @escaping @Sendable (UInt64) -> Void = { _ in },
    accepting accepted: [Int]? = nil, _ purpose: String = ""
  ) async throws -> HTTPResponse {
    var request = HTTPRequest(
      method, url: url, headers: headers, body: body, maximumResponseInBytes: limit,
      followsRedirects: followsRedirects, timeouts: timeouts, credentials: certificates)
    // An upload can be at another host, which must not get the password.
    let isOwnHost = url.hasPrefix("\(origin)/")
    let known = authorization.withLock { $0 }
    if isOwnHost, let known { request.headers.append(("Authorization", known)) }
    var response = try await transport.send(request, reportSent: report)
    if response.status == 401, isOwnHost,
      let challenge = response["www-authenticate"].flatMap(RegistryChallenge.init),
      let new = try await authorization(for: challenge), new != known
    {
      authorization.withLock { $0 = new }
      request.headers = headers + [("Authorization", new)]
      response = try await transport.send(request, reportSent: report)
    }
    guard accepted?.contains(response.status) != false else { throw refusal(response, purpose) }
    return response
  }

  private func credentials() throws -> RegistryCredentials? {
    try passwords.map { file in
      try ExposedFile.refuse(file)
      return try RegistryCredentials(in: file, for: registry)
    }
  }

  /// The value of the header Authorization; nil if there are no credentials for it.
  private func authorization(for challenge: RegistryChallenge) async throws -> String? {
    let basic = try credentials().map { "Basic \($0.encoded)" }
    if challenge.scheme == .basic { return basic }
    guard let url = challenge.tokenURL,
      url.hasPrefix("https://") || (!registry.isEncrypted && url.hasPrefix("http://"))
    else { throw unusable("it does not name a usable server for tokens") }
    let response = try await transport.send(
      HTTPRequest(
        url: url, headers: basic.map { [("Authorization", $0)] } ?? [],
        maximumResponseInBytes: 1 << 20, timeouts: timeouts, credentials: certificates))
    guard response.isSuccess else { throw refusal(response, "get a token") }
    guard let token = try? JSONDecoder().decode(RegistryToken.self, from: Data(response.body)).text
    else { throw unusable("its server for tokens gave none") }
    return "Bearer \(token)"
  }

  /// - Throws: `UnreachableDestination`, `CancellationError`.
  private func retrying<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
      return try await policy.run(body)
    } catch let error as TransferError {
      let advice =
        error.kind == .untrustedCertificate
        ? "; \(Options.publish.registryAuthorities.name) can name a file with the certificate of the "
          + "registry's authority" : ""
      throw unusable("\(error.message)\(advice)")
    } catch let error as Refusal {
      throw unusable(error.description)
    }
  }

  // MARK: - Answers

  /// A status that is an error.
  private struct Refusal: TransientError, CustomStringConvertible {
    let status: Int
    let retryAfter: Duration?
    let description: String
    var isTransient: Bool
  }

  private func refusal(_ response: HTTPResponse, _ purpose: String) -> Refusal {
    let answer = RegistryErrors(response).map { " (\($0.text))" } ?? ""
    let file = Options.publish.registryAuthenticationFile.name
    let advice =
      switch (response.status, passwords) {
      case (401, nil): "; it wants credentials: set \(file)"
      case (401, _), (403, _):
        "; the account in \(file) must have the right to pull from and to push to the repository"
      case (404, _): "; see whether the repository, or its project, must be created first"
      default: ""
      }
    return Refusal(
      status: response.status,
      retryAfter: response.retryAfter,
      description: "cannot \(purpose): it answered \(response.status)\(answer)\(advice)",
      isTransient: HTTPStatus.isTransient(response.status))
  }

  /// Another server, or a proxy, answers with 404 for everything.
  private func requireAbsence(_ response: HTTPResponse, _ purpose: String) throws {
    guard RegistryErrors(response) != nil else {
      throw unusable("cannot \(purpose): it answered 404, but not as a registry does")
    }
  }

  private func unusable(_ reason: String) -> UnreachableDestination {
    UnreachableDestination(place: Self.place(registry), reason: reason)
  }

  /// A repository as messages name it.
  static func place(_ registry: RegistryReference) -> String {
    "\(registry.isEncrypted ? "" : "http://")\(registry)"
  }
}

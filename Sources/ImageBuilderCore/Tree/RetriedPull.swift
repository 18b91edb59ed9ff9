import Bindings
import Configuration
import SystemPackage

/// Pulls a ref, and pulls again after failures of the network that may pass. What has been fetched
/// is kept in the repository and used by the next attempt.
struct RetriedPull {
  let source: TreeSource
  /// The repository that is pulled into.
  let repository: FilePath
  let policy: RetryPolicy

  /// Why an attempt has failed.
  private struct Failure: TransientError, CustomStringConvertible {
    /// The error for the user, if this is the last attempt.
    let error: any Error
    let description: String
    let isTransient: Bool
    let retryAfter: Duration?
  }

  /// - Parameters:
  ///   - explain: returns the error for the user.
  ///   - attempt: pulls.
  /// - Throws: what `explain` returns; `NetrcError`; `CancellationError`.
  func run(
    explain: (any Error) -> any Error, _ attempt: () async throws -> Void
  ) async throws {
    var (most, count) = (0, fetchedObjects)
    var isFirst = true
    do {
      try await policy.run(hasProgressed: { count > most }) {
        if !isFirst { try await waitForServer() }
        isFirst = false
        most = max(most, count)
        do {
          try await attempt()
        } catch {
          count = fetchedObjects
          throw try await failure(error, explain(error))
        }
      }
    } catch let failure as Failure {
      throw failure.error
    }
  }

  /// The number of objects that earlier attempts have fetched. libostree 2022.7 keeps them in
  /// `tmp/staging-*` until a pull succeeds.
  private var fetchedObjects: Int {
    let directory = repository.appending("tmp")
    return Directories.names(in: directory).filter { $0.hasPrefix("staging-") }
      .reduce(0) { $0 + Directories.files(below: directory.appending($1)).count }
  }

  private func failure(_ error: any Error, _ explained: any Error) async throws -> Failure {
    let libraryError = error as? GLibError
    if let (url, limitInBytes) = libraryError?.oversizedFile,
      let cause = try await errorPage(at: url, limitInBytes)
    {
      return Failure(
        error: explained, description: "\(error)", isTransient: true, retryAfter: cause.retryAfter)
    }
    return Failure(
      error: explained, description: "\(error)",
      isTransient: error is StalledPull || libraryError?.pullFailure == .temporary,
      retryAfter: nil)
  }

  private struct ErrorPage {
    let retryAfter: Duration?
  }

  /// libostree 2022.7 reports an error page that is larger than the expected file as that, not with
  /// the HTTP status.
  ///
  /// - Returns: nil if the file itself is larger, or if the server refuses it for good.
  private func errorPage(at url: String, _ limitInBytes: UInt64) async throws -> ErrorPage? {
    guard url.hasPrefix("\(source.remote.url)/") else { return nil }
    let request = HTTPRequest(
      url: url, headers: try source.access.headers(), maximumResponseInBytes: limitInBytes,
      followsRedirects: true, credentials: source.access.credentials)
    do {
      try await HTTPTransport().send(request).requireSuccess(of: url)
      return ErrorPage(retryAfter: nil)
    } catch let error as TransferError {
      return error.isTransient ? ErrorPage(retryAfter: error.retryAfter) : nil
    }
  }

  /// libostree does not report how long the server asks its clients to wait. A look at the remote
  /// waits that long. If the look fails, the next attempt says why.
  private func waitForServer() async throws {
    do {
      try await RemoteLook(source: source, policy.brief).check()
    } catch let error as CancellationError {
      throw error
    } catch {}
  }
}

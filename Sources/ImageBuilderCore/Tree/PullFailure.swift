import Bindings
import Configuration

extension TreeSource {
  var unsignedSummary: TreeError {
    .unsignedSummary(
      url: remote.url, option: urlOption, repository: localRepository?.string ?? "REPOSITORY")
  }

  var refusedLogin: TreeError {
    .refusedLogin(url: remote.url, option: urlOption, advice: access.loginAdvice)
  }

  /// Returns the error for a failed pull. Where libostree gives advice for a remote that its user
  /// configures, the error says what a user of this program can do.
  func error(
    _ error: GLibError, pulling ref: String, at commit: String? = nil, _ paths: BuildPaths,
    limitInBytes: UInt64
  ) -> any Error {
    switch error.pullFailure {
    case .downgrade:
      TreeError.downgraded(ref: ref, repository: paths.contentRepository, reason: error.message)
    case .fileTooLarge: TreeError.oversizedObject(remote.url, limitInBytes: limitInBytes)
    case .unsignedSummary: unsignedSummary
    case .unknownSigner:
      TreeError.unknownSigner(
        url: remote.url, ref: ref, reason: error.message, keys: (try? trustedKeys()) ?? [])
    case .absentRef: TreeError.absentRef(ref, url: remote.url, option: urlOption)
    case .refusedLogin: refusedLogin
    case nil:
      // The path of an object has a slash after two digits.
      if let commit, error.message.contains(commit.dropFirst(2)) {
        TreeError.absentCommit(commit, ref: ref, url: remote.url, reason: error.message)
      } else {
        error
      }
    case .temporary: error
    }
  }
}

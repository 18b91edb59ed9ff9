import Glibc

/// The failures of a pull for which a user can do something.
public enum PullFailure: Sendable, Equatable {
  /// The new commit is older than the current one.
  case downgrade
  /// A file exceeded the file size limit of the process (EFBIG).
  case fileTooLarge
  /// The summary or its signature is missing, although the summary must be signed.
  case unsignedSummary
  /// The commit or the summary has no valid signature by a trusted key.
  case unknownSigner
  /// The remote has no such ref.
  case absentRef
}

extension GLibError {
  /// The kind of the failure, which libostree 2022.7 tells only in its message; nil for others.
  public var pullFailure: PullFailure? {
    let phrases: [(PullFailure, [String])] = [
      (.downgrade, ["chronologically older than current revision"]),
      (.fileTooLarge, [String(cString: strerror(EFBIG))]),
      (.unsignedSummary, ["verification enabled, but no summary"]),
      (
        .unknownSigner,
        [
          "verification enabled, but no signatures found", "No signatures found",
          "No GPG signatures found", "Can't check signature", "BAD signature",
          "signatures found, but none are in trusted keyring", "Expired signature", "Key expired",
        ]
      ),
      (.absentRef, ["No such branch", "Refspec '"]),
    ]
    if let (failure, _) = phrases.first(where: { $1.contains(where: message.contains) }) {
      return failure
    }
    let isMissing = message.contains("HTTP 404") || message.contains("HTTP 403")
    return isMissing && message.contains("/refs/heads/") ? .absentRef : nil
  }
}

import CCurl
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
  /// The server demands a login, or refuses the one that was sent.
  case refusedLogin
  /// A failure of the network or of the server that may pass: no connection, a connection that ended
  /// or timed out, a name that cannot be resolved, HTTP status 408, 429 or 5xx.
  case temporary
}

extension GLibError {
  /// A file that was larger than expected, and the expected size. The file may be an error page.
  public var oversizedFile: (url: String, limitInBytes: UInt64)? {
    guard
      let match = message.firstMatch(of: #/URI (\S+) exceeded maximum size of (\d+) bytes/#),
      let limit = UInt64(match.2)
    else { return nil }
    return (String(match.1), limit)
  }

  /// What the HTTP status or the code of libcurl means. libostree 2022.7 writes them as `Server
  /// returned HTTP STATUS` and `While fetching URL: [CODE] TEXT`.
  private var failureOfServer: PullFailure? {
    if let status = message.firstMatch(of: #/Server returned HTTP (\d+)/#).flatMap({ Int($0.1) }) {
      switch status {
      case 401: return .refusedLogin
      case 408, 429, 500...599: return .temporary
      default: return nil
      }
    }
    guard
      let code = message.firstMatch(of: #/While fetching \S+: \[(\d+)\]/#)
        .flatMap({ UInt32($0.1) })
    else { return nil }
    switch TransferError("", CURLcode(code), said: "").kind {
    case .nameResolution, .connection, .timeout, .interruption: return .temporary
    default: return nil
    }
  }

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
    if let failure = failureOfServer { return failure }
    let isMissing = message.contains("HTTP 404") || message.contains("HTTP 403")
    return isMissing && message.contains("/refs/heads/") ? .absentRef : nil
  }
}

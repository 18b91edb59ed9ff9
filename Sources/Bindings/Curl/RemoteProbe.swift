import CCurl

/// A failed transfer.
public struct TransferError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The URL that was requested.
  public let url: String
  /// The message of libcurl, or the HTTP status.
  public let message: String

  /// `cannot fetch URL: REASON`.
  public var description: String { "cannot fetch \(url): \(message)" }
}

/// Checks whether a URL exists without downloading it.
public enum RemoteProbe {
  /// Sends a HEAD request. For a `file://` URL, checks that the file exists.
  ///
  /// Redirects are followed only to http and https.
  ///
  /// - Parameter timeoutInSeconds: the limit for the whole request.
  /// - Throws: `TransferError` if the server cannot be reached or does not answer with 2xx.
  public static func check(_ url: String, timeoutInSeconds: Int) throws(TransferError) {
    try transfer(url, timeoutInSeconds: timeoutInSeconds) { handle in
      shim_curl_set_long(handle, CURLOPT_NOBODY, 1)
    }
  }

  /// Performs one transfer. `prepare` sets more options of the libcurl handle.
  static func transfer(
    _ url: String, timeoutInSeconds: Int, _ prepare: (UnsafeMutableRawPointer) -> Void
  ) throws(TransferError) {
    guard let handle = curl_easy_init() else {
      throw TransferError(url: url, message: "libcurl could not be initialized")
    }
    defer { curl_easy_cleanup(handle) }
    shim_curl_set_string(handle, CURLOPT_URL, url)
    shim_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https,file")
    shim_curl_set_string(handle, CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
    for option in [CURLOPT_FAILONERROR, CURLOPT_FOLLOWLOCATION, CURLOPT_NOSIGNAL] {
      shim_curl_set_long(handle, option, 1)
    }
    shim_curl_set_long(handle, CURLOPT_TIMEOUT, timeoutInSeconds)
    prepare(handle)
    let code = curl_easy_perform(handle)
    guard code != CURLE_OK else { return }
    var status = 0
    shim_curl_response_code(handle, &status)
    let reason = status >= 400 ? "the server answered \(status)" : ""
    throw TransferError(
      url: url, message: reason.isEmpty ? String(cString: curl_easy_strerror(code)) : reason)
  }
}

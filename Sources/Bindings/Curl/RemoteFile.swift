/// Downloads small files.
public enum RemoteFile {
  /// Downloads `url` (http or https) by a GET request. Redirects are followed.
  ///
  /// - Parameter timeoutInSeconds: the limit for the whole transfer.
  /// - Throws: `TransferError`, also if the file is larger than `maximumSizeInBytes`.
  public static func bytes(
    of url: String, headers: [(name: String, value: String)] = [], maximumSizeInBytes: Int,
    timeoutInSeconds: Int, credentials: TransferCredentials = TransferCredentials()
  ) throws(TransferError) -> [UInt8] {
    let limit = Duration.seconds(timeoutInSeconds)
    let response = try HTTPConnection().send(
      HTTPRequest(
        url: url, headers: headers, maximumResponseInBytes: UInt64(maximumSizeInBytes),
        followsRedirects: true,
        timeouts: TransferTimeouts(connection: limit, stall: nil, total: limit),
        credentials: credentials))
    try response.requireSuccess(of: url)
    return response.body
  }
}

import CCurl

/// A small file that a server has.
public enum RemoteFile {
  private final class Content {
    let maximumSizeInBytes: Int
    var bytes: [UInt8] = []

    init(maximumSizeInBytes: Int) {
      self.maximumSizeInBytes = maximumSizeInBytes
    }
  }

  /// Fetches what `url` (http or https) names.
  ///
  /// - Parameter timeoutInSeconds: for the whole exchange.
  /// - Throws: `TransferError`, also for a file of more than `maximumSizeInBytes`.
  public static func bytes(
    of url: String, maximumSizeInBytes: Int, timeoutInSeconds: Int
  ) throws(TransferError) -> [UInt8] {
    let content = Content(maximumSizeInBytes: maximumSizeInBytes)
    try RemoteProbe.transfer(url, timeoutInSeconds: timeoutInSeconds) { handle in
      shim_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https")
      shim_curl_set_writer(
        handle,
        { data, size, count, context in
          guard let data, let context else { return 0 }
          let content = Unmanaged<Content>.fromOpaque(context).takeUnretainedValue()
          let length = size * count
          guard content.bytes.count + length <= content.maximumSizeInBytes else { return 0 }
          content.bytes += UnsafeRawBufferPointer(start: data, count: length)
          return length
        }, Unmanaged.passUnretained(content).toOpaque())
    }
    return withExtendedLifetime(content) { content.bytes }
  }
}

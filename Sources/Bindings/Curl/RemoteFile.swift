import CCurl

/// Downloads small files.
public enum RemoteFile {
  private final class Content {
    let maximumSizeInBytes: Int
    var bytes: [UInt8] = []

    init(maximumSizeInBytes: Int) {
      self.maximumSizeInBytes = maximumSizeInBytes
    }
  }

  /// Downloads `url` (http or https).
  ///
  /// - Parameter timeoutInSeconds: the limit for the whole transfer.
  /// - Throws: `TransferError`, also if the file is larger than `maximumSizeInBytes`.
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

import CCurl

/// Downloads small files.
public enum RemoteFile {
  private final class Content {
    let maximumSizeInBytes: Int
    var bytes: [UInt8] = []
    var isTooLarge = false

    init(maximumSizeInBytes: Int) {
      self.maximumSizeInBytes = maximumSizeInBytes
    }
  }

  /// Downloads `url` (http or https) by a GET request. Redirects are followed.
  ///
  /// - Parameter timeoutInSeconds: the limit for the whole transfer.
  /// - Throws: `TransferError`, also if the file is larger than `maximumSizeInBytes`.
  public static func bytes(
    of url: String, maximumSizeInBytes: Int, timeoutInSeconds: Int
  ) throws(TransferError) -> [UInt8] {
    guard let handle = curl_easy_init() else {
      throw TransferError(url, "libcurl could not be initialized")
    }
    defer { curl_easy_cleanup(handle) }
    shim_curl_set_string(handle, CURLOPT_URL, url)
    for option in [CURLOPT_PROTOCOLS_STR, CURLOPT_REDIR_PROTOCOLS_STR] {
      shim_curl_set_string(handle, option, "http,https")
    }
    for option in [CURLOPT_FAILONERROR, CURLOPT_FOLLOWLOCATION, CURLOPT_NOSIGNAL] {
      shim_curl_set_long(handle, option, 1)
    }
    shim_curl_set_long(handle, CURLOPT_TIMEOUT, timeoutInSeconds)
    let content = Content(maximumSizeInBytes: maximumSizeInBytes)
    shim_curl_set_writer(
      handle,
      { data, size, count, context in
        guard let data, let context else { return 0 }
        let content = Unmanaged<Content>.fromOpaque(context).takeUnretainedValue()
        let length = size * count
        guard content.bytes.count + length <= content.maximumSizeInBytes else {
          content.isTooLarge = true
          return 0
        }
        content.bytes += UnsafeRawBufferPointer(start: data, count: length)
        return length
      }, Unmanaged.passUnretained(content).toOpaque())
    do throws(TransferError) {
      try withExtendedLifetime(content) { () throws(TransferError) in try perform(handle, url) }
    } catch {
      guard content.isTooLarge else { throw error }
      throw TransferError(
        url, "it has more than the \(maximumSizeInBytes) bytes that are accepted", .tooLarge)
    }
    return content.bytes
  }

  private static func perform(
    _ handle: UnsafeMutableRawPointer, _ url: String
  ) throws(TransferError) {
    let said = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    said.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    defer { said.deallocate() }
    shim_curl_set_error_buffer(handle, said)
    let code = curl_easy_perform(handle)
    guard code != CURLE_OK else { return }
    var status = 0
    shim_curl_response_code(handle, &status)
    throw TransferError(url, code, status: status, said: String(cString: said))
  }
}

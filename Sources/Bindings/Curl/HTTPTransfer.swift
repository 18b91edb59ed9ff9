import CCurl
import Glibc
import SystemPackage

/// The state of a transfer, which the callbacks of libcurl change.
final class HTTPTransfer {
  /// Error pages beyond this size are cut.
  private static let maximumErrorPageInBytes = 1 << 16
  private static let partialContent = 206
  private static let maximumHeadersInBytes = 1 << 16

  private let request: HTTPRequest
  private let watch: TransferWatch
  private let sink: ((UnsafeRawBufferPointer) throws -> Void)?
  private let file: FileDescriptor?
  private var handle: UnsafeMutableRawPointer?

  private var sentInBytes: UInt64 = 0
  private var headers: [String: String] = [:]
  private var headersInBytes = 0
  private var received: [UInt8] = []
  private var receivedInBytes: UInt64 = 0
  private(set) var sinkError: (any Error)?
  /// Why a callback has ended the transfer.
  private var abortion: TransferError?
  private var isErrorPageCut = false

  /// - Throws: `TransferError` if the file of the body cannot be opened.
  init(
    _ request: HTTPRequest, _ watch: TransferWatch,
    sink: ((UnsafeRawBufferPointer) throws -> Void)?
  ) throws(TransferError) {
    self.request = request
    self.watch = watch
    self.sink = sink
    guard case .file(let path, _) = request.body else {
      file = nil
      return
    }
    do {
      file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    } catch {
      throw TransferError(request.url, "cannot read \(path): \(error)", .unreadableBody)
    }
  }

  deinit {
    try? file?.close()
  }

  /// - Parameter handle: a handle without options.
  /// - Throws: `TransferError`.
  func perform(with handle: UnsafeMutableRawPointer) throws(TransferError) -> HTTPResponse {
    self.handle = handle
    var list: UnsafeMutablePointer<curl_slist>?
    // A header without a value is written with a semicolon.
    for header in request.headers {
      let isEmpty = header.value.isEmpty
      list = curl_slist_append(list, header.name + (isEmpty ? ";" : ": \(header.value)"))
    }
    if request.offsetInBytes > 0 {
      list = curl_slist_append(list, "Range: bytes=\(request.offsetInBytes)-")
    }
    defer { curl_slist_free_all(list) }
    shim_curl_set_headers(handle, list)
    setConditions(handle)
    setCallbacks(handle)
    return try withExtendedLifetime(self) { () throws(TransferError) in try run(handle) }
  }

  private func setConditions(_ handle: UnsafeMutableRawPointer) {
    shim_curl_set_string(handle, CURLOPT_URL, request.url)
    for option in [CURLOPT_PROTOCOLS_STR, CURLOPT_REDIR_PROTOCOLS_STR] {
      shim_curl_set_string(handle, option, "http,https")
    }
    shim_curl_set_string(handle, CURLOPT_USERAGENT, "image-builder")
    shim_curl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
    for option in [CURLOPT_NOSIGNAL, CURLOPT_PATH_AS_IS] { shim_curl_set_long(handle, option, 1) }
    shim_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, request.followsRedirects ? 1 : 0)
    shim_curl_set_long(handle, CURLOPT_MAXREDIRS, 10)
    let timeouts = request.timeouts
    shim_curl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(timeouts.connection))
    shim_curl_set_long(handle, CURLOPT_TIMEOUT_MS, timeouts.total.map(milliseconds) ?? 0)
    if let stall = timeouts.stall {
      shim_curl_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
      shim_curl_set_long(handle, CURLOPT_LOW_SPEED_TIME, (milliseconds(stall) + 999) / 1000)
    }
    let credentials = request.credentials
    for (option, path) in [
      (CURLOPT_CAINFO, credentials.authorities), (CURLOPT_SSLCERT, credentials.clientCertificate),
      (CURLOPT_SSLKEY, credentials.clientKey),
    ] {
      if let path { shim_curl_set_string(handle, option, path.string) }
    }
    if request.method == "HEAD" {
      shim_curl_set_long(handle, CURLOPT_NOBODY, 1)
    } else {
      if let body = request.body {
        shim_curl_set_long(handle, CURLOPT_UPLOAD, 1)
        shim_curl_set_offset(
          handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(clamping: body.sizeInBytes))
      }
      shim_curl_set_string(handle, CURLOPT_CUSTOMREQUEST, request.method)
    }
  }

  private func milliseconds(_ duration: Duration) -> Int {
    Int(min(max((duration / .milliseconds(1)).rounded(.up), 1), Double(Int32.max)))
  }

  private func setCallbacks(_ handle: UnsafeMutableRawPointer) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    shim_curl_set_writer(
      handle, { HTTPTransfer.of($3).receive($0, $1 * $2) ? $1 * $2 : 0 }, context)
    shim_curl_set_header_reader(
      handle, { HTTPTransfer.of($3).receiveHeader($0, $1 * $2) ? $1 * $2 : 0 }, context)
    shim_curl_set_reader(
      handle, { HTTPTransfer.of($3).supply($0, $1 * $2) }, { HTTPTransfer.of($0).seek($1, $2) },
      context)
    shim_curl_set_watch(handle, { HTTPTransfer.of($0).report(sent: $4, received: $2) }, context)
  }

  private static func of(_ context: UnsafeMutableRawPointer?) -> HTTPTransfer {
    Unmanaged.fromOpaque(context!).takeUnretainedValue()
  }

  private func run(_ handle: UnsafeMutableRawPointer) throws(TransferError) -> HTTPResponse {
    let said = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    said.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    defer { said.deallocate() }
    shim_curl_set_error_buffer(handle, said)
    let code = curl_easy_perform(handle)
    guard code == CURLE_OK || (code == CURLE_WRITE_ERROR && isErrorPageCut) else {
      throw abortion ?? TransferError(request.url, code, said: String(cString: said))
    }
    return HTTPResponse(status: status, headers: headers, body: received)
  }

  private var status: Int {
    var status = 0
    shim_curl_response_code(handle, &status)
    return status
  }

  /// The content of the response. Returns false to end the transfer.
  private func receive(_ data: UnsafeMutablePointer<CChar>?, _ count: Int) -> Bool {
    var bytes = UnsafeRawBufferPointer(start: data, count: count)
    guard (200..<300).contains(status) else {
      received += bytes.prefix(Self.maximumErrorPageInBytes - received.count)
      isErrorPageCut = received.count == Self.maximumErrorPageInBytes
      return !isErrorPageCut
    }
    if status == Self.partialContent && receivedInBytes == 0 {
      guard headers["content-range"]?.hasPrefix("bytes \(request.offsetInBytes)-") == true else {
        return abort("the server sent another part than the one that was requested", .other)
      }
      receivedInBytes = request.offsetInBytes
    }
    if receivedInBytes < request.offsetInBytes {
      let known = min(request.offsetInBytes - receivedInBytes, UInt64(count))
      bytes = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(Int(known)))
    }
    receivedInBytes += UInt64(count)
    guard receivedInBytes <= request.maximumResponseInBytes else {
      let limit = request.maximumResponseInBytes
      return abort("it has more than the \(limit) bytes that are accepted", .tooLarge)
    }
    guard let sink else {
      received += bytes
      return true
    }
    do {
      try sink(bytes)
    } catch {
      sinkError = error
      return abort("\(error)", .other)
    }
    return true
  }

  private func receiveHeader(_ data: UnsafeMutablePointer<CChar>?, _ count: Int) -> Bool {
    headersInBytes += count
    guard headersInBytes <= Self.maximumHeadersInBytes else {
      return abort(
        "the answer has more than \(Self.maximumHeadersInBytes) bytes of headers", .other)
    }
    let line = String(
      decoding: UnsafeRawBufferPointer(start: data, count: count), as: UTF8.self)
    // An earlier answer was an intermediate one, or a redirect.
    if line.hasPrefix("HTTP/") { headers.removeAll() }
    guard let colon = line.firstIndex(of: ":") else { return true }
    let name = line[..<colon].lowercased()
    let value = line[line.index(after: colon)...]
      .trimmingPrefix(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed()
    headers[name] = (headers[name].map { "\($0)," } ?? "") + String(value)
    return true
  }

  /// The next bytes of the body.
  private func supply(_ buffer: UnsafeMutablePointer<CChar>?, _ capacity: Int) -> Int {
    guard let body = request.body else { return 0 }
    let count = Int(min(UInt64(capacity), body.sizeInBytes - sentInBytes))
    guard count > 0, let buffer else { return 0 }
    let target = UnsafeMutableRawBufferPointer(start: buffer, count: count)
    switch body {
    case .bytes(let bytes):
      target.copyBytes(from: bytes[Int(sentInBytes)...].prefix(count))
      sentInBytes += UInt64(count)
      return count
    case .file(let path, let range):
      do {
        let read = try file!.read(
          fromAbsoluteOffset: Int64(range.lowerBound + sentInBytes), into: target)
        guard read > 0 else { return stop("\(path) became shorter while it was sent") }
        sentInBytes += UInt64(read)
        return read
      } catch {
        return stop("cannot read \(path): \(error)")
      }
    }
  }

  private func stop(_ reason: String) -> Int {
    _ = abort(reason, .unreadableBody)
    return Int(CURL_READFUNC_ABORT)
  }

  /// libcurl sends a body again when a connection that it kept open turns out to be closed.
  private func seek(_ offset: curl_off_t, _ origin: Int32) -> Int32 {
    guard origin == SEEK_SET, offset >= 0, UInt64(offset) <= request.body?.sizeInBytes ?? 0 else {
      return CURL_SEEKFUNC_FAIL
    }
    sentInBytes = UInt64(offset)
    return CURL_SEEKFUNC_OK
  }

  private func report(sent: curl_off_t, received: curl_off_t) -> Int32 {
    watch.report(UInt64(clamping: sent), UInt64(clamping: received))
    guard watch.isCancelled() else { return 0 }
    _ = abort("the transfer was cancelled", .cancelled)
    return 1
  }

  /// Records why the transfer ends. Returns false.
  private func abort(_ message: String, _ kind: TransferError.Kind) -> Bool {
    if abortion == nil { abortion = TransferError(request.url, message, kind) }
    return false
  }
}

import Glibc
import Synchronization
import SystemPackage
import TestSupport
import Testing

@testable import Bindings

@Suite struct HTTPConnectionTests {
  let fixture: Fixture

  init() throws {
    fixture = try Fixture()
    try fixture.write("file", "content\n")
  }

  /// A server that answers with its request: the method, the target, the headers and the content.
  private func echo(hasCertificate: Bool = false, demandsCertificate: Bool = false) throws
    -> HTTPServer
  {
    try HTTPServer(
      fixture.directory,
      answer: """
        content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        text = f"{self.command} {self.path}\\n{self.headers}".encode() + content
        self.send_response(200)
        self.send_header("X-One", " 1 ")
        self.send_header("x-one", "2")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command != "HEAD": self.wfile.write(text)
        return True
        """, hasCertificate: hasCertificate, demandsCertificate: demandsCertificate)
  }

  private func text(_ response: HTTPResponse) -> String {
    String(decoding: response.body, as: UTF8.self)
  }

  @Test func requestsAreSentAsTheyAreGiven() throws {
    let server = try echo()
    let connection = try HTTPConnection()
    let get = try connection.send(
      HTTPRequest(
        url: "\(server.url)/a/../%2F?x=1&y", headers: [("X-Empty", ""), ("X-Other", "o: p")],
        maximumResponseInBytes: 1 << 16))
    #expect(text(get).hasPrefix("GET /a/../%2F?x=1&y\n"))
    #expect(text(get).contains("X-Empty: \n") && text(get).contains("X-Other: o: p\n"))
    #expect(get["x-one"] == "1,2" && get["x-two"] == nil)

    let post = try connection.send(
      HTTPRequest("POST", url: server.url, body: .bytes([]), maximumResponseInBytes: 1 << 16))
    #expect(text(post).hasPrefix("POST /\n") && text(post).contains("Content-Length: 0\n"))

    let head = try connection.send(
      HTTPRequest("HEAD", url: server.url, maximumResponseInBytes: 0))
    #expect(head.status == 200 && head.body.isEmpty && head["content-length"] != nil)
    let delete = try connection.send(
      HTTPRequest("DELETE", url: server.url, maximumResponseInBytes: 1 << 16))
    #expect(text(delete).hasPrefix("DELETE /\n"))
    let patch = try connection.send(
      HTTPRequest("PATCH", url: server.url, maximumResponseInBytes: 1 << 16))
    #expect(patch.status == 501 && !patch.isSuccess)
  }

  @Test func aPartOfAFileIsSent() throws {
    let server = try echo()
    try fixture.write("parts", "0123456789")
    let sent = Mutex<UInt64>(0)
    let response = try HTTPConnection().send(
      HTTPRequest(
        "PUT", url: server.url, body: .file(fixture.path("parts"), 3..<7),
        maximumResponseInBytes: 1 << 16),
      watch: TransferWatch(report: { bytes, _ in sent.withLock { $0 = bytes } }))
    #expect(text(response).hasSuffix("\n\n3456") && text(response).contains("Content-Length: 4\n"))
    #expect(sent.withLock { $0 } == 4)

    for (path, range) in [("parts", UInt64(5)..<20), ("nowhere", 0..<1)] {
      let error = #expect(throws: TransferError.self) {
        try HTTPConnection().send(
          HTTPRequest(
            "PUT", url: server.url, body: .file(fixture.path(path), range),
            maximumResponseInBytes: 1 << 16))
      }
      #expect(error?.kind == .unreadableBody)
      #expect(error?.message.contains(fixture.path(path).string) == true)
    }
  }

  @Test func aSinkGetsOnlyTheContentOfASuccess() throws {
    let server = try HTTPServer(fixture.directory)
    var received: [UInt8] = []
    let request = HTTPRequest(url: "\(server.url)/file", maximumResponseInBytes: 8)
    let response = try HTTPConnection().send(request) { received += $0 }
    #expect(received == Array("content\n".utf8) && response.body.isEmpty)

    received = []
    let missing = HTTPRequest(url: "\(server.url)/nowhere", maximumResponseInBytes: 8)
    let page = try HTTPConnection().send(missing) { received += $0 }
    #expect(page.status == 404 && received.isEmpty && text(page).contains("File not found"))

    #expect(throws: Errno.noSpace) {
      try HTTPConnection().send(request) { _ in throw Errno.noSpace }
    }
  }

  @Test func endlessErrorPagesAndHeadersAreCut() throws {
    let server = try HTTPServer(
      fixture.directory,
      answer: """
        self.send_response(500)
        if self.path == "/headers":
          for number in range(2000): self.send_header(f"X-{number}", "x" * 60)
        self.end_headers()
        try:
          while True: self.wfile.write(b"x" * 65536)
        except OSError: pass
        return True
        """)
    let page = try HTTPConnection().send(
      HTTPRequest(url: "\(server.url)/page", maximumResponseInBytes: 8))
    #expect(page.status == 500 && page.body.count == 1 << 16)
    let error = #expect(throws: TransferError.self) {
      try HTTPConnection().send(
        HTTPRequest(url: "\(server.url)/headers", maximumResponseInBytes: 8))
    }
    #expect(error?.message == "the answer has more than 65536 bytes of headers")
  }

  @Test func aServerThatStopsSendingIsLeft() throws {
    let server = try HTTPServer(
      fixture.directory,
      answer: """
        import time
        self.send_response(200)
        self.send_header("Content-Length", "10")
        self.end_headers()
        self.wfile.write(b"1")
        if self.path == "/stall": time.sleep(60)
        return True
        """)
    let request = HTTPRequest(
      url: "\(server.url)/stall", maximumResponseInBytes: 10,
      timeouts: TransferTimeouts(stall: .seconds(1)))
    let stalled = #expect(throws: TransferError.self) { try HTTPConnection().send(request) }
    #expect(stalled?.kind == .timeout)

    let cut = #expect(throws: TransferError.self) {
      try HTTPConnection().send(
        HTTPRequest(url: "\(server.url)/cut", maximumResponseInBytes: 10))
    }
    #expect(cut?.kind == .interruption)
  }

  @Test func aTransferCanBeCancelled() throws {
    let server = try HTTPServer(
      fixture.directory, answer: "import time; time.sleep(60)")
    let error = #expect(throws: TransferError.self) {
      try HTTPConnection().send(
        HTTPRequest(url: server.url, maximumResponseInBytes: 1),
        watch: TransferWatch(isCancelled: { true }))
    }
    #expect(error?.kind == .cancelled)
  }

  @Test func redirectsAreFollowedOnRequest() throws {
    let server = try HTTPServer(
      fixture.directory,
      answer: """
        if self.path == "/file": return False
        self.send_response(302)
        self.send_header("Location", self.path if self.path == "/loop" else "/file")
        self.end_headers()
        return True
        """)
    var request = HTTPRequest(url: "\(server.url)/other", maximumResponseInBytes: 8)
    let redirect = try HTTPConnection().send(request)
    #expect(redirect.status == 302 && redirect["location"] == "/file")
    let refusal = #expect(throws: TransferError.self) {
      try redirect.requireSuccess(of: request.url)
    }
    #expect(refusal?.kind == .refused(status: 302))
    request.followsRedirects = true
    let file = try HTTPConnection().send(request)
    #expect(text(file) == "content\n" && file["location"] == nil)
    request.url = "\(server.url)/loop"
    #expect(throws: TransferError.self) { try HTTPConnection().send(request) }
  }

  @Test func contentIsContinuedWithOrWithoutTheHelpOfTheServer() throws {
    for (path, part) in [("/ignores", "tent\n"), ("/honours", "tent\n"), ("/confuses", nil)] {
      let server = try HTTPServer(
        fixture.directory,
        answer: """
          offset = int(self.headers["Range"][6:-1])
          if self.path == "/ignores": self.path = "/file"; return False
          self.send_response(206)
          start = offset if self.path == "/honours" else 0
          self.send_header("Content-Range", f"bytes {start}-7/8")
          self.end_headers()
          self.wfile.write(b"content\\n"[start:])
          return True
          """)
      var request = HTTPRequest(url: server.url + path, maximumResponseInBytes: 8)
      request.offsetInBytes = 3
      guard let part else {
        #expect(throws: TransferError.self) { try HTTPConnection().send(request) }
        continue
      }
      #expect(try text(HTTPConnection().send(request)) == part)
      request.maximumResponseInBytes = 7
      #expect(throws: TransferError.self) { try HTTPConnection().send(request) }
    }
  }

  @Test func certificatesOfAuthoritiesAndClientsAreUsed() throws {
    let server = try echo(hasCertificate: true, demandsCertificate: true)
    var request = HTTPRequest(
      url: server.url, maximumResponseInBytes: 1 << 16,
      credentials: TransferCredentials(authorities: server.certificate))
    #expect(throws: TransferError.self) { try HTTPConnection().send(request) }
    request.credentials.clientCertificate = server.certificate
    #expect(try HTTPConnection().send(request).status == 200)
    request.credentials.clientKey = fixture.path("file")
    let error = #expect(throws: TransferError.self) { try HTTPConnection().send(request) }
    #expect(error?.kind == .unusableClientCertificate)
  }

  /// OpenSSL writes without MSG_NOSIGNAL, which causes SIGPIPE. libcurl writes for it since 7.87.
  @Test func aConnectionThatTheServerHasClosedDoesNotEndTheProcess() throws {
    let server = try HTTPServer(
      fixture.directory,
      answer: """
        import os, socket, struct, threading
        closed = self.server.__dict__.setdefault("closed", threading.Event())
        if self.path == "/wait": closed.wait()
        self.protocol_version = "HTTP/1.1"
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        if self.path == "/close":
          plain = socket.socket(fileno=os.dup(self.connection.fileno()))
          plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
          plain.shutdown(socket.SHUT_WR)
          for end in self.connection, plain: os.close(end.detach())
          closed.set()
        return True
        """, hasCertificate: true)
    let old = signal(SIGPIPE, SIG_DFL)
    defer { signal(SIGPIPE, old) }
    let connection = try HTTPConnection()
    for (connection, path) in [(connection, "close"), (try HTTPConnection(), "wait")] {
      _ = try connection.send(
        HTTPRequest(
          url: "\(server.url)/\(path)", maximumResponseInBytes: 0,
          credentials: TransferCredentials(authorities: server.certificate)))
    }
  }
}

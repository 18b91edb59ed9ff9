import Foundation
import SystemPackage

/// Serves a directory over HTTP on the loopback interface.
///
/// Tests can replace responses: `answer` is the body of a Python function with the request handler
/// as `self`. It returns True if it has answered the request. With a certificate, one that nobody
/// trusts, the server speaks TLS. It can demand the same certificate of its clients. The certificates
/// can also be those of an authority.
package final class HTTPServer {
  private let process: RunningProgram
  package let url: String
  /// A PEM file with the certificate and its key, if the server has one.
  package let certificate: FilePath
  /// The URL with a user name and a password.
  package var withUser: String { url.replacing("://", with: "://user:password@") }
  private let hasOwnCertificate: Bool

  package init(
    _ directory: FilePath, answer: String = "return False", hasCertificate: Bool = false,
    demandsCertificate: Bool = false, authority: TLSAuthority? = nil
  ) throws {
    let portFile = FilePath("/var/tmp/ib-test-port-\(UUID().uuidString)")
    certificate = authority?.server ?? FilePath("\(portFile).pem")
    hasOwnCertificate = hasCertificate && authority == nil
    if hasOwnCertificate { try Self.makeCertificate(certificate) }
    let speaksTLS = hasCertificate || authority != nil
    let program = """
      import functools, http.server, sys
      def answer(self):
        \(answer.replacing("\n", with: "\n  "))
      class Handler(http.server.SimpleHTTPRequestHandler):
        def do_GET(self):
          if not answer(self): super().do_GET()
        def do_HEAD(self):
          if not answer(self): super().do_HEAD()
        def do_PUT(self):
          if not answer(self): self.send_error(405)
        do_POST = do_DELETE = do_PUT
      handler = functools.partial(Handler, directory=sys.argv[1])
      server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
      if \(speaksTLS ? "True" : "False"):
        import ssl
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain("\(certificate)")
        if \(demandsCertificate ? "True" : "False"):
          context.verify_mode = ssl.CERT_REQUIRED
          context.load_verify_locations("\(authority?.certificate ?? certificate)")
        server.socket = context.wrap_socket(server.socket, server_side=True)
      with open(sys.argv[2], "w") as port: print(server.server_port, file=port)
      server.serve_forever()
      """
    process = try RunningProgram(
      "/usr/bin/env", ["python3", "-c", program, directory.string, portFile.string])
    var port: String?
    for _ in 0..<200 where port == nil {
      usleep(50_000)
      let text = try? String(contentsOfFile: portFile.string, encoding: .utf8)
      port = text.flatMap { $0.hasSuffix("\n") ? String($0.dropLast()) : nil }
    }
    unlink(portFile.string)
    guard let port else { throw POSIXError(.ETIMEDOUT) }
    url = "\(speaksTLS ? "https" : "http")://127.0.0.1:\(port)"
  }

  private static func makeCertificate(_ file: FilePath) throws {
    try Shell.run(
      """
      openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=IP:127.0.0.1 -keyout '\(file)' -out '\(file).crt' 2>/dev/null
      cat '\(file).crt' >> '\(file)'; rm '\(file).crt'
      """)
  }

  /// Ends the server.
  package func end() {
    process.send(SIGKILL)
    _ = process.wait()
  }

  deinit {
    if process.isRunning { end() }
    if hasOwnCertificate { unlink(certificate.string) }
  }
}

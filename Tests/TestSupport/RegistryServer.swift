import Foundation
import SystemPackage

/// Debian's OCI registry on the loopback interface.
package final class RegistryServer {
  /// Who may use the registry.
  package enum Access {
    case everybody
    /// The user `builder` with the password `pass word`.
    case password
    /// Whoever has a token of this server. The certificate is that of the key that signs tokens.
    case token(server: String, certificate: FilePath)
  }

  package static let credentials = Data("builder:pass word".utf8).base64EncodedString()

  private let process: RunningProgram
  private let fixture: Fixture
  private let earlier: RegistryServer?
  /// The host and the port.
  package let host: String
  /// The directory with what was pushed.
  package let storage: FilePath
  /// The certificate, if the registry has one. No authority has signed it.
  package let certificate: FilePath?

  /// - Parameter earlier: an ended server whose storage is used.
  package init(
    _ access: Access = .everybody, hasCertificate: Bool = false,
    continuing earlier: RegistryServer? = nil
  ) throws {
    fixture = try Fixture()
    self.earlier = earlier
    let directory = fixture.directory
    storage = earlier?.storage ?? directory.appending("storage")
    var http = "{addr: '127.0.0.1:0'"
    certificate = hasCertificate ? directory.appending("registry.crt") : nil
    if let certificate {
      let key = directory.appending("key.pem")
      try Shell.run(
        """
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
          -addext subjectAltName=IP:127.0.0.1 -keyout '\(key)' -out '\(certificate)' 2>/dev/null
        """)
      http += ", tls: {certificate: '\(certificate)', key: '\(key)'}"
    }
    let authentication: String
    switch access {
    case .everybody: authentication = ""
    case .password:
      let users = directory.appending("users")
      let script =
        "import crypt; print(crypt.crypt('pass word', crypt.mksalt(crypt.METHOD_BLOWFISH)))"
      try Shell.run("echo \"builder:$(python3 -W ignore -c \"\(script)\")\" >'\(users)'")
      authentication = "auth: {htpasswd: {realm: test, path: '\(users)'}}"
    case .token(let server, let certificate):
      authentication =
        "auth: {token: {realm: '\(server)/token', service: registry, issuer: tests, "
        + "rootcertbundle: '\(certificate)'}}"
    }
    let configuration = directory.appending("config.yml")
    try """
    version: 0.1
    log: {level: info}
    storage: {filesystem: {rootdirectory: '\(storage)'}, delete: {enabled: true}}
    http: \(http)}
    \(authentication)

    """.write(toFile: configuration.string, atomically: false, encoding: .utf8)
    process = try RunningProgram(
      "/usr/bin/docker-registry", ["serve", configuration.string])
    var host: String?
    for _ in 0..<400 where host == nil && process.isRunning {
      usleep(25_000)
      host = process.errors.firstMatch(of: #/listening on (127\.0\.0\.1:[0-9]+)/#).map {
        String($0.1)
      }
    }
    guard let host else {
      process.send(SIGKILL)
      throw ShellFailure(command: "docker-registry", outcome: process.wait())
    }
    self.host = host
  }

  package var processID: Int32 { process.processID }

  /// Ends the registry as a loss of power would.
  package func kill() {
    process.send(SIGKILL)
    _ = process.wait()
  }

  deinit {
    if process.isRunning { kill() }
  }

  /// Writes a file of credentials as `skopeo login` does.
  package func writeCredentials(_ file: FilePath, encoded: String = credentials) throws {
    try #"{"auths": {"\#(host)": {"auth": "\#(encoded)"}}}"#
      .write(toFile: file.string, atomically: false, encoding: .utf8)
    try Shell.run("chmod 600 '\(file)'")
  }

  /// Pulls an artefact with skopeo into a directory of an OCI layout, and puts its files, by their
  /// titles, into `directory`.
  package func pull(
    _ reference: String, to directory: FilePath, credentials: FilePath? = nil
  ) throws {
    let certificates = certificate.map { "--src-cert-dir '\($0.removingLastComponent())'" }
    try Shell.run(
      """
      rm -rf '\(directory)' '\(directory).oci'; mkdir -p '\(directory)'
      skopeo --insecure-policy copy --quiet \(certificates ?? "--src-tls-verify=false") \
        \(credentials.map { "--src-authfile '\($0)'" } ?? "") \
        'docker://\(host)/\(reference)' 'oci:\(directory).oci:x'
      python3 - '\(directory)' <<'END'
      import json, os, shutil, sys
      target, layout = sys.argv[1], sys.argv[1] + '.oci'
      blob = lambda item: os.path.join(layout, 'blobs', *item['digest'].split(':'))
      index = json.load(open(os.path.join(layout, 'index.json')))
      for layer in json.load(open(blob(index['manifests'][0])))['layers']:
          name = os.path.join(target, layer['annotations']['org.opencontainers.image.title'])
          os.makedirs(os.path.dirname(name), exist_ok=True)
          shutil.copy(blob(layer), name)
      END
      """)
  }
}

import SystemPackage

/// A private certificate authority, with a certificate for servers on the loopback interface and one
/// for their clients.
package struct TLSAuthority: Sendable {
  /// The certificate of the authority (PEM).
  package let certificate: FilePath
  /// The certificate and the key of servers (PEM).
  package let server: FilePath
  /// The certificate and the key of clients (PEM).
  package let clientCertificate: FilePath
  package let clientKey: FilePath

  /// - Parameter name: the directory in the fixture.
  package init(_ fixture: Fixture, name: String = "tls") throws {
    let directory = try fixture.makeDirectory(name)
    certificate = directory.appending("ca.pem")
    server = directory.appending("server.pem")
    clientCertificate = directory.appending("client.pem")
    clientKey = directory.appending("client.key")
    try Shell.run(
      """
      cd '\(directory)'
      exec 2>errors
      openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj '/CN=Private authority' \
        -keyout ca.key -out ca.pem
      echo 'subjectAltName = IP:127.0.0.1, DNS:localhost' >names
      for name in server client; do
        openssl req -newkey rsa:2048 -nodes -subj "/CN=$name" -keyout $name.key -out $name.csr
        openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 \
          -extfile names -out $name.pem
      done
      cat server.key >>server.pem
      chmod 600 *.key
      """)
  }
}

import Bindings
import Configuration
import Glibc
import SystemPackage

/// What a build shows to the server of its tree, and by what it knows the server: the options
/// `ostree:tls_*`, and the login in SYSCONFDIR/netrc.
struct RemoteAccess: Sendable {
  /// The file of logins. It need not exist.
  let logins: FilePath
  private let tls: RemoteTLS
  private let url: String

  /// - Throws: `ConfigurationError`.
  init(to url: String, _ configuration: Configuration, _ paths: BuildPaths) throws {
    self.url = url
    tls = try RemoteTLS(configuration)
    logins = Netrc.path(in: paths.systemDirectory)
  }

  /// The files of TLS; none if the URL is not an https URL.
  var credentials: TransferCredentials {
    guard url.hasPrefix("https://") else { return TransferCredentials() }
    return TransferCredentials(
      authorities: tls.authorities, clientCertificate: tls.clientCertificate,
      clientKey: tls.clientKey)
  }

  /// The header with the login for the server. libcurl does not send it to a server that the first
  /// one redirects to.
  ///
  /// - Throws: `NetrcError`.
  func headers() throws -> [(name: String, value: String)] {
    url.hasPrefix("http") ? try Netrc.headers(in: logins, for: url) : []
  }

  /// Checks that the files exist and that only the owner and the group have access to secrets.
  ///
  /// - Throws: `TreeError.unusableTLSFile`; `NetrcError`.
  func check() throws {
    _ = try headers()
    guard url.hasPrefix("https://") else { return }
    for (option, path) in tls.files {
      var status = stat()
      if stat(path.string, &status) != 0 || access(path.string, R_OK) != 0 {
        throw TreeError.unusableTLSFile(option, path, reason: "\(Errno(rawValue: errno))")
      }
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw TreeError.unusableTLSFile(option, path, reason: "it is not a regular file")
      }
      guard path != tls.clientKey || status.st_mode & 0o007 == 0 else {
        throw TreeError.unusableTLSFile(
          option, path,
          reason: "every user has access to this key; run: chmod 600 \(shellQuoted(path.string))")
      }
    }
  }

  /// How a user gives the server the login that it demands, as the rest of a sentence.
  var loginAdvice: String {
    let host = URLAuthority(of: url)?.host ?? "HOST"
    guard (try? headers())?.isEmpty == false else {
      return "the server demands a user name and a password; write them to \(logins), which only "
        + "its owner may read: machine \(host) login USER password PASSWORD"
    }
    return "the server does not accept the login for \(host) in \(logins); correct it there"
  }
}

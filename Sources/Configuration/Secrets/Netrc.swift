import FoundationEssentials
import Glibc
import SystemPackage

/// The logins in SYSCONFDIR/netrc, in the format of netrc(5) as curl and Python read it.
///
/// A login belongs to a host name, or to `HOST:PORT`, which is preferred. `default` is for all other
/// hosts. Of several entries for a host, the first one counts.
package struct Netrc: Sendable {
  /// A user name and a password.
  package struct Login: Sendable, Equatable {
    package let user: String
    package let password: String

    /// The value of the header `Authorization` for basic authentication (RFC 7617).
    package var basicAuthorization: String {
      "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
    }
  }

  /// What the file says of a host.
  struct Entry: Sendable {
    /// The host; nil for `default`.
    let host: String?
    let line: Int
    var user: String?
    var password: String?
  }

  static let largestFileInBytes = 1 << 20

  let path: FilePath
  let entries: [Entry]

  /// Returns the path of the file in a directory of settings (SYSCONFDIR).
  package static func path(in directory: FilePath) -> FilePath { directory.appending("netrc") }

  /// Reads a file. Nil if there is none, or if this user may not read it.
  ///
  /// - Parameter mayBeExposed: whether every user may have access to it.
  /// - Throws: `NetrcError`, without any text of the file.
  package init?(_ path: FilePath, mayBeExposed: Bool = false) throws(NetrcError) {
    var status = stat()
    guard stat(path.string, &status) == 0 else {
      let reason = Errno(rawValue: errno)
      if [.noSuchFileOrDirectory, .notDirectory, .permissionDenied].contains(reason) { return nil }
      throw .unreadable(path, reason: "\(reason)")
    }
    if !mayBeExposed {
      do { try ExposedFile.refuse(path) } catch { throw .exposed(error) }
    }
    guard status.st_size <= Self.largestFileInBytes else {
      throw .unreadable(path, reason: "it has more than \(Self.largestFileInBytes) bytes")
    }
    let bytes: [UInt8]
    do {
      bytes = try TextFile.bytes(of: path)
    } catch {
      guard case .unreadable(_, let reason) = error else {
        throw .unreadable(path, reason: "\(error)")
      }
      if reason == .permissionDenied { return nil }
      throw .unreadable(path, reason: "\(reason)")
    }
    guard let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) else {
      throw .unreadable(path, reason: "it is not UTF-8 text")
    }
    self.path = path
    entries = try NetrcParser(text, path).entries()
  }

  /// Returns the login for the server of an http or https URL; nil if the file has none.
  ///
  /// - Throws: `NetrcError.incomplete`.
  package func login(for url: String) throws(NetrcError) -> Login? {
    guard let authority = URLAuthority(of: url) else { return nil }
    let names = (authority.port.map { ["\(authority.host):\($0)"] } ?? []) + [authority.host]
    let named = names.lazy.compactMap { name in entries.first { $0.host == name } }.first
    guard let entry = named ?? entries.first(where: { $0.host == nil }) else { return nil }
    guard let user = entry.user, let password = entry.password else {
      throw .incomplete(path, line: entry.line, lacks: entry.user == nil ? "login" : "password")
    }
    return Login(user: user, password: password)
  }

  /// The header with the login of a file for the server of a URL; none if the file has none, or does
  /// not exist.
  ///
  /// - Throws: `NetrcError`.
  package static func headers(
    in file: FilePath, for url: String
  ) throws(NetrcError) -> [(name: String, value: String)] {
    guard let login = try Netrc(file)?.login(for: url) else { return [] }
    return [("Authorization", login.basicAuthorization)]
  }

  /// The texts that must not be shown: passwords, and what a server is sent for basic
  /// authentication.
  var secrets: [String] {
    entries.flatMap { entry in
      guard let password = entry.password else { return [] as [String] }
      return [password] + (entry.user.map { ["\($0):\(password)"] } ?? [])
    }
  }
}

/// A netrc file that cannot be used.
package enum NetrcError: ExitStatusError, Equatable, CustomStringConvertible {
  case unreadable(FilePath, reason: String)
  /// Users other than the owner and the group have access.
  case exposed(ExposedFile)
  /// `problem` begins with a verb and contains no text of the file.
  case syntax(FilePath, line: Int, problem: String)
  /// The entry that a server needs has no `login` or no `password`.
  case incomplete(FilePath, line: Int, lacks: String)

  package var exitStatus: ExitStatus { .dataError }

  /// The line that is wrong; the first one if it is the whole file.
  var origin: Origin {
    switch self {
    case .unreadable(let path, _): .file(path, line: 1)
    case .exposed(let file): .file(file.path, line: 1)
    case .syntax(let path, let line, _), .incomplete(let path, let line, _):
      .file(path, line: line)
    }
  }

  package var description: String {
    switch self {
    case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
    case .exposed(let file): file.description
    case .syntax(let path, let line, let problem): "\(path):\(line): \(problem)"
    case .incomplete(let path, let line, let lacks):
      "\(path):\(line): the entry has no \(lacks); write: machine HOST login USER password PASSWORD"
    }
  }
}

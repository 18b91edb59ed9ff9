import Bindings
import Configuration
import FoundationEssentials

/// How a registry asks for credentials (RFC 9110, section 11.6.1; Distribution, "Token Authentication
/// Specification").
struct RegistryChallenge: Equatable {
  enum Scheme: Equatable {
    case basic
    /// A token is fetched from a URL first.
    case bearer
  }

  let scheme: Scheme
  /// The parameters, by lower-case names.
  let parameters: [String: String]

  /// - Parameter header: the value of WWW-Authenticate.
  /// - Returns: nil if it names neither scheme.
  init?(_ header: String) {
    guard let match = header.firstMatch(of: #/(?i)(?:^|,\s*)(Basic|Bearer)(?:\s+|$)/#) else {
      return nil
    }
    scheme = match.1.lowercased() == "basic" ? .basic : .bearer
    var parameters: [String: String] = [:]
    for parameter in header[match.range.upperBound...]
      .matches(of: #/([A-Za-z]+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))/#)
    {
      parameters[parameter.1.lowercased()] = String(parameter.2 ?? parameter.3 ?? "")
    }
    self.parameters = parameters
  }

  /// The URL of the token; nil if the challenge does not name one.
  var tokenURL: String? {
    guard scheme == .bearer, let realm = parameters["realm"], !realm.contains(where: \.isWhitespace)
    else { return nil }
    let query = ["service", "scope"].compactMap { name in
      parameters[name].map { "\(name)=\(Self.escaped($0))" }
    }.joined(separator: "&")
    return query.isEmpty ? realm : "\(realm)\(realm.contains("?") ? "&" : "?")\(query)"
  }

  private static func escaped(_ text: String) -> String {
    // A scope has colons, which a query may contain (RFC 3986, section 3.4).
    percentEncoded(path: text).replacing("%3A", with: ":")
  }
}

/// The error that a registry answers with (OCI distribution specification 1.1, "Error Codes").
struct RegistryErrors: Decodable {
  private struct Entry: Decodable {
    let code: String?
    let message: String?
  }

  private let errors: [Entry]

  /// Returns nil if the answer is not one of a registry.
  init?(_ response: HTTPResponse) {
    guard let decoded = try? JSONDecoder().decode(Self.self, from: Data(response.body)),
      !decoded.errors.isEmpty
    else { return nil }
    self = decoded
  }

  /// The first error.
  var text: String {
    let parts = [errors[0].code, errors[0].message].compactMap { $0 }
    return String(parts.joined(separator: ": ").prefix(200))
  }
}

/// The names of the manifests of a repository: a part of them, as a registry lists them.
struct RegistryTagList: Decodable {
  let tags: [String]?
}

/// What a token server answers.
struct RegistryToken: Decodable {
  private let token: String?
  private let access_token: String?

  /// Nil if there is none, or if it cannot be the value of a header.
  var text: String? {
    guard let text = token ?? access_token, !text.isEmpty,
      text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
    else { return nil }
    return text
  }
}

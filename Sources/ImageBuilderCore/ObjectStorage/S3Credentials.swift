import Configuration
import SystemPackage

/// The keys of an account at an object store.
struct S3Credentials: Sendable, Equatable {
  let accessKeyID: String
  let secretAccessKey: String
  /// The token of a temporary account.
  let sessionToken: String?

  /// The profile of the file that is used.
  private static let profile = "default"

  init(accessKeyID: String, secretAccessKey: String, sessionToken: String? = nil) {
    self.accessKeyID = accessKeyID
    self.secretAccessKey = secretAccessKey
    self.sessionToken = sessionToken
  }

  /// Reads the profile `default` of a credentials file as AWS's tools write it; without it, the
  /// environment variables that these tools read.
  ///
  /// - Throws: `ConfigurationError` if the file cannot be read; `ExposedFile`; `S3CredentialsError`.
  init(file: FilePath, environment: [String: String]) throws {
    try ExposedFile.refuse(file)
    if Directories.exists(file), let profile = try ProfileFile.options(of: Self.profile, in: file),
      let credentials = try Self(
        profile, ["aws_access_key_id", "aws_secret_access_key", "aws_session_token"],
        place: "[\(Self.profile)] of \(file)")
    {
      self = credentials
      return
    }
    let names: [BuildVariable] = [.accessKeyID, .secretAccessKey, .sessionToken]
    guard
      let credentials = try Self(environment, names.map(\.rawValue), place: "the environment")
    else { throw S3CredentialsError.missing(file) }
    self = credentials
  }

  /// - Parameter names: the names of the key's ID, of the key, and of the token.
  /// - Returns: nil if neither the ID nor the key is set.
  /// - Throws: `S3CredentialsError.incomplete`, `.invalid`.
  private init?(_ values: [String: String], _ names: [String], place: String) throws {
    let found = names.map { name in values[name].flatMap { $0.isEmpty ? nil : $0 } }
    for (name, value) in zip(names, found) where value?.allSatisfy(Self.isPlain) == false {
      throw S3CredentialsError.invalid(name, place: place)
    }
    switch (found[0], found[1]) {
    case (let id?, let key?):
      self.init(accessKeyID: id, secretAccessKey: key, sessionToken: found[2])
    case (nil, nil): return nil
    case (let id, _):
      throw S3CredentialsError.incomplete(id == nil ? names[0] : names[1], place: place)
    }
  }

  /// Keys and tokens are printable ASCII without blanks. Others would change the request.
  private static func isPlain(_ character: Character) -> Bool {
    character.asciiValue.map { (0x21...0x7E).contains($0) } ?? false
  }
}

/// The reason why there are no keys for an object store.
enum S3CredentialsError: ExitStatusError, CustomStringConvertible {
  case missing(FilePath)
  /// The name that is missing. Its counterpart is there.
  case incomplete(String, place: String)
  /// The name of a value that contains blanks or other characters that keys do not have.
  case invalid(String, place: String)

  var exitStatus: ExitStatus { .unavailable }

  var description: String {
    switch self {
    case .missing(let file):
      "there are no keys for the object store: write aws_access_key_id and aws_secret_access_key "
        + "into [default] of \(file), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    case .incomplete(let name, let place):
      "\(name) is missing in \(place)"
    case .invalid(let name, let place):
      "\(name) in \(place) has characters that no key has: accepted is printable ASCII without "
        + "blanks"
    }
  }
}

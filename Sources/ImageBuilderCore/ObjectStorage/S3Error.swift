import Bindings
import Configuration

/// A request that an object store has refused.
struct S3Error: ExitStatusError, TransientError, Equatable, CustomStringConvertible {
  private static let maximumMessageLength = 300

  /// The method and the object: `PUT s3://bucket/key`.
  let operation: String
  /// The status of HTTP.
  let status: Int
  /// The code of S3, such as `NoSuchBucket`; empty if the store gives none.
  let code: String
  private let message: String
  private let advice: String?
  let retryAfter: Duration?

  var exitStatus: ExitStatus { .unavailable }

  /// - Parameter answer: an answer that is not a success, or has an error in its content.
  init(_ operation: String, _ answer: HTTPResponse) {
    let document = try? XMLElement(parsing: answer.body)
    self.operation = operation
    status = answer.status
    code = document?["Code"] ?? ""
    message = String((document?["Message"] ?? "").prefix(Self.maximumMessageLength))
    retryAfter = answer.retryAfter
    advice = Self.advice(code, answer, document)
  }

  /// Whether the object, or the upload, does not exist. The bucket does.
  var isAbsence: Bool { status == HTTPStatus.notFound && code != "NoSuchBucket" }

  /// Whether a condition of the request did not hold, or another request is changing the object.
  var isConflict: Bool {
    [HTTPStatus.preconditionFailed, HTTPStatus.conflict].contains(status)
  }

  /// Codes that come with a status that is not transient. The first ones tell that the content was
  /// changed on its way.
  private static let transientCodes: Set<String> = [
    "BadDigest", "XAmzContentSHA256Mismatch", "IncompleteBody", "InvalidPart", "InternalError",
    "OperationAborted", "RequestTimeout", "ServiceUnavailable", "SlowDown",
  ]

  var isTransient: Bool { HTTPStatus.isTransient(status) || Self.transientCodes.contains(code) }

  var description: String {
    let answer = [
      code.isEmpty ? nil : visible(code), message.isEmpty ? nil : "(\(visible(message)))",
    ]
    return (["the store answered \(status)"] + answer.compactMap { $0 }).joined(separator: " ")
      + " to \(operation)" + (advice.map { ". \($0)" } ?? "")
  }

  private static func advice(
    _ code: String, _ answer: HTTPResponse, _ document: XMLElement?
  ) -> String? {
    switch code {
    case "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken":
      return "Correct the keys in aws-credentials or in the environment"
    case "AccessDenied":
      return "docs/publishing.md lists what the account must be allowed"
    case "NoSuchBucket":
      return "Create the bucket, or correct publish:s3_bucket"
    case "RequestTimeTooSkewed":
      let time = answer["date"].map { " The clock of the store says \(visible($0))." } ?? ""
      return "Correct the clock of this machine.\(time)"
    case "NotImplemented":
      return "The store cannot do what publishing needs: docs/publishing.md lists it"
    default:
      let region = answer["x-amz-bucket-region"] ?? document?["Region"]
      guard let region, [301, 307, 400].contains(answer.status) else { return nil }
      return "Set publish:s3_region to \(visible(region))"
    }
  }
}

/// An answer of an object store that makes no sense. It may have been damaged on its way.
struct S3AnswerError: ExitStatusError, TransientError, Equatable, CustomStringConvertible {
  /// The method and the object: `GET s3://bucket/key`.
  let operation: String
  /// Worded to follow "the answer".
  let problem: String

  let isTransient = true
  var retryAfter: Duration? { nil }
  var exitStatus: ExitStatus { .unavailable }
  var description: String { "the answer of the store to \(operation) \(problem)" }
}

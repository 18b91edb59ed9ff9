import Testing

@testable import Bindings

/// Failures of libostree 2022.7, which it tells only in words.
@Suite struct PullFailureTests {
  @Test(
    arguments: [
      ("Server returned HTTP 503", .temporary), ("Server returned HTTP 429", .temporary),
      ("While fetching http://a/b: [56] Failure when receiving data from the peer", .temporary),
      ("While fetching http://a/b: [6] Couldn't resolve host name", .temporary),
      ("While fetching http://a/b: [28] Timeout was reached", .temporary),
      ("While fetching http://a/b: [60] SSL peer certificate was not OK", nil),
      ("Server returned HTTP 401", .refusedLogin), ("Server returned HTTP 404", nil),
      ("Server returned HTTP 99999999999999999999", nil), ("out of memory", nil),
      ("No such branch 'x' in repository summary", .absentRef),
    ] as [(String, PullFailure?)])
  func theKindOfAFailureIsKnown(message: String, failure: PullFailure?) {
    #expect(GLibError(message, operation: "pull").pullFailure == failure)
  }
}

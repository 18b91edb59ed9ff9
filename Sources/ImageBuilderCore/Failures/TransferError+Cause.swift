import Bindings

extension TransferError: DetailedError {
  /// The known cause of the failed transfer.
  var cause: Failure.Cause? {
    switch kind {
    case .nameResolution: Failure.Cause(.nameResolution)
    case .timeout: Failure.Cause(.timeOut)
    case .refused(status: 401), .refused(status: 403): Failure.Cause(.refusedCredentials)
    default: nil
    }
  }

  func describe(to failure: inout Failure) {
    failure.cause = cause
  }
}

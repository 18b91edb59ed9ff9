import SystemPackage

extension Command {
  /// Runs the program while `read`, on another thread, reads its standard output from a pipe.
  ///
  /// - Parameter read: gets the end of the pipe that is read, which this function closes.
  /// - Returns: what `read` returns or throws, and the failure of the program. If `read` ends before
  ///   the output, the program fails because it cannot write any more.
  /// - Throws: `Errno`, `CancellationError`.
  func run<Value: Sendable>(
    reading read: @escaping @Sendable (FileDescriptor, BlockingWork.Cancellation) throws -> Value
  ) async throws -> (read: Result<Value, any Error>, failure: CommandFailure?) {
    let (readEnd, writeEnd) = try FileDescriptor.privatePipe()
    async let result = BlockingWork.run { cancellation in
      defer { try? readEnd.close() }
      return Result { try read(readEnd, cancellation) }
    }
    var problem: (any Error)?
    do {
      try await run(standardOutput: writeEnd)
    } catch {
      problem = error
    }
    try? writeEnd.close()
    let value = try await result
    if let problem, !(problem is CommandFailure) { throw problem }
    return (value, problem as? CommandFailure)
  }

  /// Runs the program and returns its standard output. Standard error is only in the message of a
  /// failure.
  ///
  /// - Throws: the errors of `run`.
  func output() async throws -> String {
    let (read, failure) = try await run { output, _ in
      String(decoding: try output.readToEnd(), as: UTF8.self)
    }
    if let failure { throw failure }
    return try read.get()
  }
}

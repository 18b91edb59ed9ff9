import ArgumentParser
import Glibc
import ImageBuilderCore
import SystemPackage

/// Runs a command and turns what it throws into a sentence and an exit status.
func reportingErrors(_ body: () throws -> Int32) throws {
  let status: Int32
  do {
    status = try body()
  } catch let error as ConfigurationError {
    complain("error: \(error)")
    throw ExitCode(65)
  } catch let error as BuildError {
    complain("error: \(error)")
    throw ExitCode(error.exitStatus)
  } catch let interruption as Interruption {
    // Dying by the signal itself is how a shell or a farm sees what ended us.
    signal(interruption.signal, SIG_DFL)
    raise(interruption.signal)
    throw ExitCode(128 + interruption.signal)
  } catch {
    complain("error: \(error)")
    throw ExitCode(2)
  }
  if status != 0 { throw ExitCode(status) }
}

/// Writes one message to standard error; standard output is for data.
func complain(_ message: String) {
  _ = try? FileDescriptor.standardError.writeAll("image-builder: \(message)\n".utf8)
}

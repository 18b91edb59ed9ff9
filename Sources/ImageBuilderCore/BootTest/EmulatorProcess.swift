import Bindings
import Glibc
import Synchronization
import SystemPackage

/// A running QEMU and its monitor, which reads commands from a named pipe.
final class EmulatorProcess: Sendable {
  private static let monitorPipes = ["monitor.in", "monitor.out"]

  /// The arguments that open the monitor in the working directory.
  static let monitorArguments = [
    "-chardev", "pipe,id=monitor,path=monitor", "-mon", "chardev=monitor,mode=readline",
  ]

  private let command: Command
  private let directory: FilePath
  private let ending = Mutex<String?>(nil)

  /// - Parameter directory: the working directory of QEMU, in which the pipes are created.
  /// - Throws: `LinuxError`.
  init(_ command: Command, in directory: FilePath) throws {
    self.command = command
    self.directory = directory
    for name in Self.monitorPipes where mkfifo(directory.appending(name).string, 0o600) != 0 {
      throw LinuxError("make the pipe \(directory.appending(name))", Errno(rawValue: errno))
    }
  }

  /// How QEMU ended; nil while it runs.
  var end: String? { ending.withLock { $0 } }

  /// Runs QEMU until it ends.
  func run() async {
    let end: String
    do {
      try await command.run()
      end = "QEMU was powered off"
    } catch let failure as CommandFailure {
      let last = failure.lastLines.last.map { ": \($0)" } ?? ""
      end = "QEMU \(failure.reason.sentence)\(last)"
    } catch {
      end = "\(error)"
    }
    ending.withLock { $0 = end }
  }

  /// Saves the screen to a file and switches the machine off.
  func finish(screenshot: String) async {
    let pipe = directory.appending(Self.monitorPipes[0])
    // Opening the pipe for reading and writing does not wait for a reader.
    guard end == nil,
      let input = try? FileDescriptor.open(
        pipe, .readWrite, options: [.nonBlocking, .closeOnExec])
    else { return }
    _ = try? input.writeAll("screendump \(screenshot) -f png\nquit\n".utf8)
    for _ in 0..<100 where end == nil { try? await Task.sleep(for: .milliseconds(100)) }
    try? input.close()
  }
}

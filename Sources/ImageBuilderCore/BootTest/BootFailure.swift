import Configuration

/// The reason why an image did not boot into the system that was built.
enum BootFailure: Error, Sendable, Equatable {
  case console(ConsoleFailure, line: String)
  case timedOut(Duration, isReportExpected: Bool)
  case machineEnded(String, kernelWasSeen: Bool)
  case noSignOfLife
  case endlessConsole(limitInBytes: Int)
  case endlessReport(limitInBytes: Int)
  case unreadableReport(String)
  case notRunning(state: String, failedUnits: [String])
  case otherCommit(found: String, expected: String)
  case otherKernelArguments(missing: String, found: String)
  case noSecureBoot
  case otherSystem(found: OSRelease, expected: OSRelease)

  /// Whether the cause may be the host: its KVM may not be able to start a kernel.
  var mayBeCausedByHost: Bool {
    switch self {
    case .noSignOfLife, .machineEnded(_, kernelWasSeen: false): true
    default: false
    }
  }

  /// The reason in one line.
  var reason: String {
    switch self {
    case .console(let failure, let line): return "\(failure.rawValue): \(line)"
    case .timedOut(let timeout, isReportExpected: true):
      return "no report came from the system within \(timeout.components.seconds) s "
        + "(boot_test:timeout). A tree without systemd or without hook 60-boot-report needs "
        + "boot_test:success_pattern"
    case .timedOut(let timeout, isReportExpected: false):
      return "boot_test:success_pattern was not printed on the serial console within "
        + "\(timeout.components.seconds) s (boot_test:timeout)"
    case .machineEnded(let how, _): return "the machine ended before the system was up: \(how)"
    case .noSignOfLife: return "no output of a kernel was seen under KVM"
    case .endlessConsole(let limit):
      return "the console printed more than \(formattedSize(UInt64(limit)))"
    case .endlessReport(let limit):
      return "the report is longer than \(formattedSize(UInt64(limit)))"
    case .unreadableReport(let text):
      return "the boot report cannot be read: \(text)"
    case .notRunning(let state, let units):
      let failed = units.isEmpty ? "no failed unit" : "failed: \(units.joined(separator: ", "))"
      return "the system is not up, but \(state.isEmpty ? "still starting" : state); \(failed)"
    case .otherCommit(let found, let expected):
      return "the booted commit is \(found.isEmpty ? "unknown" : found), not \(expected), which "
        + "the manifest names"
    case .otherKernelArguments(let missing, let found):
      return "the kernel did not get the argument \(missing) of the boot loader entry, or not in "
        + "its order; its command line is: \(found). The boot menu has lost or changed it "
        + "(image:kernel_args)"
    case .noSecureBoot:
      return "the system does not report that Secure Boot is on (image:secure_boot); its "
        + "data/boot-report may be older than this program"
    case .otherSystem(let found, let expected):
      return "os-release says \(found.id) \(found.version), not \(expected.id) \(expected.version)"
    }
  }
}

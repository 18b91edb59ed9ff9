import Configuration
import SystemPackage

/// The reason why an image does not pass the boot test.
enum BootTestError: ExitStatusError, CustomStringConvertible {
  case missingFirmware(FilePath, package: String)
  case failed(boot: String, BootFailure, lines: [String], console: FilePath)
  case notTested(MissingBootTest)
  case noReport(reason: String)

  var exitStatus: ExitStatus {
    switch self {
    case .missingFirmware: .unavailable
    case .noReport: .dataError
    case .failed, .notTested: .failure
    }
  }

  var description: String {
    switch self {
    case .missingFirmware(let path, let package):
      "there is no \(path), which is needed to boot the image under UEFI before it is "
        + "published (boot_test:enable); install it: apt-get install \(package)"
    case .failed(let boot, let failure, lines: _, console: _):
      "the image does not boot (\(boot)): \(failure.reason)"
    case .notTested(let gap):
      "nothing is published, because the product's images must have booted "
        + "(boot_test:enable): \(gap.reason). Run the check stage on this image, or run it with "
        + "--no-boot-test, which is recorded"
    case .noReport(let reason):
      "the boot test waits for a report of the booted system, but \(reason). Take "
        + "hooks/image/60-boot-report and data/boot-report from image-builder and add the hook to "
        + "image:hooks, or set boot_test:success_pattern to what the system prints on its serial "
        + "console, such as login:"
    }
  }
}

extension BootTestError: DetailedError {
  func describe(to failure: inout Failure) {
    guard case .failed(_, _, let lines, let console) = self else { return }
    failure.lastLines = lines
    failure.advice.append("the whole console is in \(console), the screen beside it")
  }
}

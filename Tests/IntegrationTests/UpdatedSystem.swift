import Foundation
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// A system that is updated by its administrator through the serial console.
actor UpdatedSystem {
  enum MenuEntry {
    case first, second
  }

  private let hardware: MachineHardware
  private let image: DefaultImage
  private(set) var machine: DrivenMachine
  private var bootCount = 1

  /// Starts the machine for the first time.
  init(_ hardware: MachineHardware, image: DefaultImage) throws {
    self.hardware = hardware
    self.image = image
    machine = try Self.start(hardware, image, 1)
  }

  /// Runs a shell command as root and returns its output.
  @discardableResult
  func rootRuns(
    _ command: String, location: SourceLocation = #_sourceLocation
  ) async throws -> String {
    let (output, status) = try await machine.run(asRoot(command), timeout: .seconds(600))
    #expect(status == 0, "\(command): \(output)", sourceLocation: location)
    return output.trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// Restarts the machine, and returns its output up to the complete boot menu.
  ///
  /// Each boot uses a new QEMU process, because QEMU with multi-threaded emulation may hang after a
  /// warm restart.
  @discardableResult
  func reboot(choosing entry: MenuEntry = .first) async throws -> String {
    try await end("reboot")
    bootCount += 1
    machine = try Self.start(hardware, image, bootCount)
    let menu = try await machine.waitFor("(ostree:1)")
    // The sequence for the down key begins with an escape, and firmware that reads the same port
    // may consume a part of it. Control-N has the same effect and is a single byte.
    if entry == .second { try machine.console.type("\u{0E}\n") }
    return menu
  }

  /// Shuts the machine down.
  func powerOff() async throws { try await end("poweroff") }

  /// Logs in, and expects that `tree` is running without failures and that `first` is the default.
  func expectBoot(
    _ tree: PublishedUpdate.Tree, first: PublishedUpdate.Tree,
    location: SourceLocation = #_sourceLocation
  ) async throws {
    try await machine.login(
      user: DefaultImage.user, password: DefaultImage.password, timeout: .seconds(400))
    let state = try await machine.run("systemctl is-system-running --wait", timeout: .seconds(300))
    if state.output != "running\n" {
      let failed = try await rootRuns(
        "systemctl status $(systemctl --failed --plain --no-legend | cut -d' ' -f1)")
      Issue.record("\(state.output)\(failed)", sourceLocation: location)
    }
    let status = try await rootRuns("ostree admin status", location: location)
    #expect(status.contains("* eos \(tree.commit)."), "\(status)", sourceLocation: location)
    let release = try await rootRuns("cat /etc/os-release; cat /proc/cmdline", location: location)
    #expect(
      release.contains("VERSION=\"\(tree.version)\""), "\(release)", sourceLocation: location)
    try await expectDefault(first, location: location)
  }

  /// Expects that `tree` is the first deployment and has the first boot loader entry.
  func expectDefault(
    _ tree: PublishedUpdate.Tree, location: SourceLocation = #_sourceLocation
  ) async throws {
    let status = try await rootRuns("ostree admin status", location: location)
    let line = status.split(separator: "\n").first { $0.contains("eos ") } ?? ""
    #expect(line.contains(" \(tree.commit)."), "\(status)", sourceLocation: location)
    let titles = try await rootRuns(
      "cat $(ls -r /boot/loader/entries/ostree-*.conf) | grep ^title", location: location)
    #expect(
      titles.split(separator: "\n").first == "title \(tree.title) (ostree:0)", "\(titles)",
      sourceLocation: location)
  }

  private func end(_ how: String) async throws {
    try machine.console.type("{ \(asRoot("systemctl \(how)")); } >/dev/null\n")
    try await machine.waitForEnd()
  }

  private static func start(
    _ hardware: MachineHardware, _ image: DefaultImage, _ number: Int
  ) throws -> DrivenMachine {
    let transcript = image.transcript("\(hardware.machine.firmware.rawValue)-\(number)")
    return try DrivenMachine(hardware, transcript: transcript)
  }

  private func asRoot(_ command: String) -> String {
    let quoted = command.replacingOccurrences(of: "'", with: #"'\''"#)
    return "echo '\(DefaultImage.password)' | sudo -S -p '' sh -c '\(quoted)'"
  }
}

import Foundation
import SystemPackage

/// A Slurm cluster of two machines on this one (`Tests/Servers/slurm-cluster`).
package final class SlurmCluster: @unchecked Sendable {
  /// A machine, with processes, mounts, a network and a host name of its own.
  package enum Machine: String, Sendable {
    case n1, n2
  }

  private static let program = Checkout.directory.appending("Tests/Servers/slurm-cluster").string

  private let fixture: Fixture
  private let process: RunningProgram
  /// The path of slurm.conf, for `SLURM_CONF`.
  package var configuration: FilePath { fixture.path("slurm.conf") }
  /// What the controller writes to its disk.
  package var savedState: FilePath { fixture.path("state") }
  /// The address of this machine for those of the cluster.
  package let address: String

  /// - Parameters:
  ///   - options: lines for slurm.conf.
  ///   - mounts: for each machine, the directories that it sees at paths; nil hides what is there.
  package init(
    options: [String] = [], mounts: [Machine: [FilePath: FilePath?]] = [:]
  ) throws {
    fixture = try Fixture()
    try fixture.write("options", options.joined(separator: "\n") + "\n")
    for (machine, paths) in mounts {
      let lines = paths.map { "\($0) \($1?.string ?? "")\n" }
      try fixture.write("\(machine.rawValue).mounts", lines.joined())
    }
    process = try RunningProgram(Self.program, ["run", fixture.directory.string])
    for _ in 0..<600 where !fixture.exists("ready") && process.isRunning { usleep(50_000) }
    guard fixture.exists("ready") else {
      process.send(SIGTERM)
      throw ShellFailure(command: "slurm-cluster run", outcome: process.wait())
    }
    address = try fixture.text("address").trimmingCharacters(in: .whitespacesAndNewlines)
  }

  deinit {
    process.send(SIGTERM)
    _ = process.wait()
  }

  /// The name of a machine in Slurm, which is also its host name.
  package func name(of machine: Machine) throws -> String {
    let lines = try fixture.text("slurm.conf").split(separator: "\n")
    let prefix = "NodeName=\(machine.rawValue)"
    guard let line = lines.first(where: { $0.hasPrefix(prefix) }) else {
      throw POSIXError(.ENOENT)
    }
    return String(line.dropFirst("NodeName=".count).prefix { $0 != " " })
  }

  /// Ends the controller with SIGKILL.
  package func killController() throws { try control("kill", "slurmctld") }

  /// Starts the controller again.
  package func startController() throws { try control("start", "slurmctld") }

  /// Ends a machine and all that runs there, as a loss of power does.
  package func kill(_ machine: Machine) throws { try control("kill", machine.rawValue) }

  /// Starts a machine again.
  package func start(_ machine: Machine) throws { try control("start", machine.rawValue) }

  /// Cuts the network of a machine. What runs there runs on.
  package func unplug(_ machine: Machine) throws { try control("unplug", machine.rawValue) }

  /// Connects a machine again.
  package func plug(_ machine: Machine) throws { try control("plug", machine.rawValue) }

  private func control(_ verb: String, _ name: String) throws {
    try Shell.run("'\(Self.program)' \(verb) '\(fixture.directory)' \(name)")
  }
}

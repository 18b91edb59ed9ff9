import Configuration
import SystemPackage

/// Runs playbooks on a layer. Ansible's connection `community.general.chroot` enters it by
/// `helpers/enter-root`.
struct AnsiblePlay {
  static let tool = RequiredTool(
    name: "ansible-playbook", package: "ansible", purpose: "make layers of type ansible")

  let name: String
  let layer: AnsibleLayer
  let root: LayerRoot

  /// - Throws: `CommandFailure`; `NoHost`; `CancellationError`; `LinuxError`.
  func run() async throws {
    let inventory = root.scratch.appending("layer.json")
    try FileAccess.write(try inventoryText(), to: inventory, waitsForDisk: false)
    let variables = root.scratch.appending("variables.json")
    try FileAccess.write(
      try JSONValue.object(layer.variables.mapValues(JSONValue.string)).text(), to: variables,
      permissions: [.ownerReadWrite], waitsForDisk: false)
    try await checkPython()
    let inventories = (layer.inventories + [inventory]).flatMap { ["--inventory", $0.string] }
    for playbook in layer.playbooks {
      let words = inventories + ["--extra-vars", "@\(variables)", "--limit", name]
      try await checkHosts(of: playbook, words)
      root.output.say("ansible-playbook \(playbook)")
      let verbosity =
        layer.verbosity > 0 ? ["-" + String(repeating: "v", count: layer.verbosity)] : []
      try await ansible(words + verbosity + [playbook.string], playbook)
    }
  }

  private func inventoryText() throws -> String {
    let host: JSONValue = [
      "ansible_connection": "community.general.chroot", "ansible_host": .string(root.path.string),
      "ansible_chroot_exe": .string(root.helpers.appending("enter-root").string),
      // Not the python3 of this host.
      "ansible_python_interpreter": "/usr/bin/python3",
    ]
    let member: JSONValue = .object(["hosts": .object([name: .object([:])])])
    var groups = Dictionary(uniqueKeysWithValues: layer.groups.map { ($0, member) })
    groups["all"] = .object(["hosts": .object([name: host])])
    return try JSONValue.object(groups).text()
  }

  private func checkPython() async throws {
    do {
      try await root.inside(["/usr/bin/python3", "-c", "import json, shutil"], .debugging)
    } catch let failure as CommandFailure {
      throw NoPython(reason: failure.lastLines.last ?? failure.reason.sentence)
    }
  }

  /// A play whose pattern matches nothing would be a success that has done nothing.
  private func checkHosts(of playbook: FilePath, _ words: [String]) async throws {
    let lines = LineCollector()
    try await ansible(words + ["--list-hosts", playbook.string], playbook, .debugging) {
      lines.append($0)
    }
    let found = lines.text.split(separator: "\n").map { trimmed($0) }
    guard !found.contains(name) else { return }
    throw NoHost(
      playbook: playbook, groups: layer.groups,
      patterns: found.filter { $0.hasPrefix("pattern:") })
  }

  private func ansible(
    _ words: [String], _ playbook: FilePath, _ level: LogLevel = .information,
    _ watch: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws {
    var environment = root.insideEnvironment
    environment.merge(root.networkEnvironment) { $1 }
    environment["HOME"] = root.scratch.string
    environment["TMPDIR"] = "/var/tmp"
    environment["ANSIBLE_NOCOLOR"] = "1"
    environment["ANSIBLE_PIPELINING"] = "1"
    environment["ANSIBLE_RETRY_FILES_ENABLED"] = "0"
    environment["ANSIBLE_LOCAL_TEMP"] = root.scratch.appending("ansible").string
    environment["ANSIBLE_REMOTE_TMP"] = "/tmp/.ansible"
    // Roles and ansible.cfg are found from here.
    let command = Command(
      "ansible-playbook", words, environment: environment,
      workingDirectory: playbook.removingLastComponent())
    try await root.output.run(command, level, watch)
  }
}

/// No play of a playbook is for the layer.
struct NoHost: ExitStatusError, CustomStringConvertible {
  let playbook: FilePath
  let groups: [String]
  let patterns: [String]

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "no play of \(playbook) is for one of the groups \(groups.joined(separator: ", ")); its plays have "
      + (patterns.isEmpty ? "no hosts" : patterns.joined(separator: ", "))
      + "; correct options.groups or the hosts of the plays"
  }
}

/// The image has no Python that Ansible can use.
struct NoPython: ExitStatusError, CustomStringConvertible {
  let reason: String

  var exitStatus: ExitStatus { .dataError }
  var description: String {
    "the parent has no Python for Ansible at /usr/bin/python3 (\(visible(reason))); install python3 in "
      + "the parent (python3-minimal lacks modules)"
  }
}

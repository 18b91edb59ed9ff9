import Configuration

/// The line in /etc/fstab that mounts the second disk on `/var`.
///
/// It is not optional: a system without its `/var` would start as an empty one. So a missing disk ends
/// the boot in the emergency shell.
enum VarMount {
  static let line =
    "LABEL=\(PartitionTable.Role.content.label) /var ext4 "
    + "defaults,x-systemd.growfs,x-systemd.device-timeout=30s 0 2"

  /// Adds the line to the deployment.
  ///
  /// - Throws: `DiskError.otherVarMount`; `TreeError.unusableFile`; `LinuxError`.
  static func add(to root: DeploymentRoot) throws {
    var text = String(decoding: try root.bytes(of: "etc/fstab") ?? [], as: UTF8.self)
    let mounts = text.split(separator: "\n").filter { line in
      let fields = line.split(whereSeparator: \.isWhitespace)
      guard fields.count > 1, fields[0].first != "#" else { return false }
      return fields[1] == "/var" || fields[1] == "/var/"
    }
    guard mounts.isEmpty else { throw DiskError.otherVarMount(mounts.map(String.init)) }
    if !text.isEmpty, text.last != "\n" { text += "\n" }
    try FileAccess.write(
      "\(text)\(line)\n", to: try root.createDirectory("etc").appending("fstab"))
  }
}

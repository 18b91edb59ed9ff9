import Configuration

/// Remedies for well-known causes in the last lines of a hook.
struct HookAdvice {
  let hook: Hook
  /// Whether programs in the deployment have the host's network.
  let hasNetwork: Bool
  /// The last lines of output, oldest first.
  let lines: [String]

  /// The remedies, the most specific first.
  var remedies: [String] {
    [readOnly, network, certificates, privileges, sandbox, services].compactMap { $0 }
  }

  /// The known cause that a remedy is about.
  var cause: KnownCause? {
    network != nil && KnownCause.find(in: lines) == .nameResolution ? .nameResolution : nil
  }

  /// Whether some line is of a program in the deployment: of a chroot hook, or of a command that a
  /// host hook runs with helpers/eib-chroot.
  private var isInside: Bool {
    hook.runsInChroot || lines.contains { $0.contains("/eib-chroot ") }
  }

  /// The lines with one of the phrases, in lower case.
  private func lines(with phrases: [String]) -> [String] {
    lines.map { $0.lowercased() }.filter { line in phrases.contains { line.contains($0) } }
  }

  private var readOnly: String? {
    guard let line = lines.last(where: { $0.contains("Read-only file system") }) else {
      return nil
    }
    if line.contains("/usr/") && [.image, .content].contains(hook.group) {
      return "the deployment's /usr is read-only because its files are hard links into the "
        + "content repository: write to /etc or /var of the deployment, bring the file with the "
        + "tree, or set image:usr_writable = true"
    }
    return "in a build the host is read-only: write below EIB_TMPDIR or EIB_CACHEDIR, to /tmp, or "
      + "into the deployment, or name the directory in buildroot:mounts"
  }

  private var network: String? {
    let phrases =
      ["network is unreachable", "network unreachable", "enetunreach"]
      + KnownCause.nameResolution.phrases
    guard isInside, !hasNetwork, !lines(with: phrases).isEmpty else { return nil }
    return "programs in the deployment have no network: fetch in a host hook of the group content, "
      + "or set image:chroot_network = true"
  }

  private var certificates: String? {
    let phrases = [
      "certificate verify failed", "ssl certificate problem",
      "server certificate verification failed",
      "unable to get local issuer certificate", "certificate signed by unknown authority",
      "unacceptable tls certificate", "self-signed certificate", "self signed certificate",
    ]
    guard !lines(with: phrases).isEmpty else { return nil }
    return isInside
      ? "programs in the deployment trust the certificates of the tree; a host hook trusts those "
        + "of the host"
      : "host hooks trust the certificates of the host: install that of a private authority there "
        + "(update-ca-certificates)"
  }

  private var privileges: String? {
    let phrases = ["mknod", "mount", "losetup", "chattr", "setting flags", "modprobe", "insmod"]
    let isRefused = lines(with: phrases).contains {
      $0.contains("operation not permitted") || $0.contains("permission denied")
    }
    guard isInside, isRefused else { return nil }
    return "programs in the deployment cannot create device files, mount disks, set file "
      + "attributes or load modules; a host hook can"
  }

  private var sandbox: String? {
    guard !lines(with: ["bwrap: can't mount proc"]).isEmpty else { return nil }
    return "bwrap cannot mount a new /proc in the deployment; as an argument, not in a file "
      + "(--args), --proc shows the one that is there"
  }

  private var services: String? {
    let phrases = [
      "system has not been booted with systemd", "failed to connect to bus",
      "failed to connect to system scope bus",
    ]
    guard !lines(with: phrases).isEmpty else { return nil }
    return "no service runs in the deployment during a build: enable units (systemctl enable, a "
      + "preset), and leave to a unit what needs a running system"
  }
}

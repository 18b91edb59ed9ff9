import Bindings
import SystemPackage

/// What can be wrong before or in a build, other than the configuration.
public enum BuildError: Error, Sendable, CustomStringConvertible {
  case notRoot
  case missingFiles(FilePath)
  case missingTool(RequiredTool)
  case missingFirmware(FilePath, package: String)
  case missingKeys(directories: [FilePath])
  case missingSigningKey(id: String, home: FilePath, reason: String)
  case unreachableRemote(TransferError, option: String)
  case unsafeDirectory(option: String, FilePath, reason: String)
  case noSpace([SpaceShortage])
  case locked(FilePath, timeout: Duration)
  case killed(signal: Int32, FilePath)
  case unknownStage(String)
  case stageOutsideBuild(String)
  case missingURL(option: String, product: String)
  case badURL(option: String, String)
  case missingTrustedKey(FilePath)
  case otherBuildVersion(found: String, wanted: String, FilePath)
  case cannotResume(from: Stage, FilePath, reasons: [String], possible: Stage)
  case hookFailed(HookFailure)
  case stageOutOfTime(limit: Duration, during: String)
  case remoteStalled(url: String, StalledPull)
  case untrustedCommit(checksum: String, repository: FilePath, reason: String)
  case downgradedTree(ref: String, repository: FilePath, reason: String)
  case oversizedObject(String, limitInBytes: UInt64)
  case leavingLink(String, target: String)
  case unusableFile(String, reason: String)
  case forbiddenFiles([(policy: ForbiddenFiles.Policy, path: String)])
  case damagedObjects([String], commit: String, repository: FilePath)
  case missingRef(String, repository: FilePath)
  case imageTooLarge(sizeInBytes: UInt64, maximumInBytes: UInt64, extraSpaceInBytes: UInt64)
  case impossibleFirmware(arch: String)
  case missingBootCode(firmware: String, reason: String)
  case invalidFragment(FilePath, reason: String)
  case conflictingFragments(key: String, FilePath, FilePath)
  case outputDamaged([String])
  case unreadableManifest(FilePath, reason: String)
  case bootFailed(Firmware, BootFailure, lines: [String], console: FilePath)
  case notBootTested(BootGap)
  case alreadyPublished(FilePath)
  case unexpectedOutput(tool: String, String)

  /// The program's exit status, as sysexits.h numbers them.
  public var exitStatus: Int32 {
    switch self {
    case .notRoot, .missingFiles, .missingTool, .missingFirmware, .missingKeys, .missingTrustedKey,
      .missingSigningKey, .unreachableRemote, .noSpace:
      69
    case .unsafeDirectory, .missingURL, .badURL, .otherBuildVersion, .cannotResume,
      .impossibleFirmware:
      65
    case .unknownStage, .stageOutsideBuild: 64
    case .locked: 75
    case .killed(let signal, _): 128 + signal
    default: 2
    }
  }

  /// What was found, what is accepted, and what to do next.
  public var description: String {
    switch self {
    case .notRoot:
      return "a build must run as root (it mounts, changes owners and writes its cache); "
        + "run it with sudo. --show-config and the other options that only read need no root"
    case .missingFiles(let program):
      return "the files that belong to \(program) (buildscript, hooks, lib) are neither in a "
        + "directory above it nor in ../share/eos-image-builder beside it; run it from its "
        + "checkout, or install it with make install"
    case .missingTool(let tool):
      return "there is no program \(tool.name), which is needed to \(tool.purpose); "
        + "install it: apt-get install \(tool.package)"
    case .missingFirmware(let path, let package):
      return "there is no \(path), which is needed to boot the image under UEFI before it is "
        + "published (boot_test:enable); install it: apt-get install \(package)"
    case .missingKeys(let directories):
      let places = directories.map { "\($0)" }.joined(separator: " or ")
      return "there is no key to verify the OSTree tree with: put public keys as *.asc into "
        + "\(places), or name files in ostree:trusted_keys"
    case .missingSigningKey(let id, let home, let reason):
      return "image:signing_keyid is \(id), but \(home) has no such secret key (\(reason)); "
        + "import it there, or leave the option empty to build without signatures"
    case .unreachableRemote(let error, let option):
      return "the OSTree repository that \(option) names cannot be used: \(error)"
    case .unsafeDirectory(let option, let path, let reason):
      return "\(option) is \(path), which \(reason); a build empties that directory, "
        + "so give it one of its own"
    case .noSpace(let shortages):
      return "there is not enough space for this build:"
        + shortages.map(\.table).joined(separator: "\n")
        + "\n  free space there, or set another build:cachedir (--cachedir) or publish:directory"
    case .locked(let path, let timeout):
      return "another build has held the lock \(path) for the \(timeout.components.seconds) s "
        + "that --lock-timeout allows; wait for it, or build another variant"
    case .killed(let signal, let directory):
      return
        "signal \(signal) ended the build's main process, and with it all others; no part of a "
        + "build sends it. When memory is short the kernel does (see dmesg). \(directory) is kept"
    case .unknownStage(let name):
      let known = Stage.regular.map(\.rawValue).joined(separator: ", ")
      return "there is no stage \(shellQuoted(name)); the stages are \(known)"
    case .stageOutsideBuild(let name):
      return "stage \(name) was started outside a build (EIB_TMPFULLCONFIG is not set); stages "
        + "are run by buildscript. To run some of them: image-builder --stages \(name) ..."
    case .missingURL(let option, let product):
      return "\(option) is empty, so there is no OSTree repository to pull from; set it in "
        + "config/product/\(product).ini or config/local.ini, or build --product eos, whose tree "
        + "is composed on this machine"
    case .badURL(let option, let url):
      return "\(option) is \(url), which is no URL of a repository; it begins with https://, "
        + "http:// or file:///"
    case .missingTrustedKey(let path):
      return "ostree:trusted_keys names \(path), but there is no such file; put the public key "
        + "there that the tree is signed with"
    case .otherBuildVersion(let found, let wanted, let directory):
      return "\(directory) holds what version \(found) left, so these stages cannot go on for "
        + "version \(wanted); add --build-version \(found)"
    case .cannotResume(let stage, let directory, let reasons, let possible):
      let more = reasons.count > 10 ? "\n    and \(reasons.count - 10) more" : ""
      let advice = possible == .ostree ? "a whole build" : "--from-stage \(possible.rawValue)"
      return "cannot go on from the \(stage.rawValue) stage with what is in \(directory):"
        + reasons.prefix(10).map { "\n    \($0)" }.joined() + more
        + "\n  run \(advice) instead"
    case .hookFailed(let failure):
      return "\(failure)"
    case .stageOutOfTime(let limit, let commands):
      return "it was ended after \(DurationText.text(limit)), the limit of build:stage_timeout"
        + "\(commands)\n  if it needs longer, raise that option; --explain build:stage_timeout "
        + "tells what sets it"
    case .remoteStalled(let url, let error):
      return "the pull from \(url) was ended, because \(error), the limit of "
        + "ostree:stall_timeout. What has come is kept: build again when the server is well"
    case .untrustedCommit(let checksum, let repository, let reason):
      return "commit \(checksum) in \(repository) cannot be trusted, and nothing was deployed: "
        + "\(reason). If the tree's signer is right, remove \(repository) to fetch it anew; "
        + "if the key is new, add it to the trusted keys"
    case .downgradedTree(let ref, let repository, let reason):
      return "\(ref) has become older than what \(repository) had of it, and nothing was pulled: "
        + "\(reason). The server may be out of date, or serve an old tree with known holes; to go "
        + "back on purpose set ostree:allow_downgrade = true"
    case .oversizedObject(let url, let limit):
      return
        "\(url) sent a file of more than \(formattedSize(limit)), and the pull was ended; if the "
        + "tree really has such a file, raise ostree:max_object_size"
    case .leavingLink(let link, let target):
      return "the tree's \(link) is a link to \(shellQuoted(target)), by which the image would get "
        + "files of this host; nothing was deployed. Make it a directory or file, or a relative "
        + "link inside the tree"
    case .unusableFile(let path, let reason):
      return "\(path) of the deployment cannot be used: \(reason)"
    case .forbiddenFiles(let files):
      let more = files.count > 10 ? "\n    and \(files.count - 10) more" : ""
      return "no image was made, because image:forbid forbids what the deployment holds:"
        + files.prefix(10).map { "\n    \($0.policy.name) \(shellQuoted($0.path))" }.joined() + more
        + "\n  take them out of the tree or of the hooks that make them, or allow them there"
    case .damagedObjects(let objects, let commit, let repository):
      let more = objects.count > 10 ? "\n    and \(objects.count - 10) more" : ""
      return "no image was made, because objects of commit \(commit) are damaged:"
        + objects.prefix(10).map { "\n    \($0)" }.joined() + more
        + "\n  they are linked with \(repository); remove them there, then build again: "
        + "ostree fsck --delete --repo=\(repository)\n  with image:usr_writable a hook may have "
        + "changed a file in place; it must write a new one"
    case .missingRef(let ref, let repository):
      return "there is no \(ref) in \(repository); run the ostree stage first"
    case .imageTooLarge(let size, let maximum, let extra):
      return
        "the image would be \(formattedSize(size)), \(formattedSize(size - maximum)) more than "
        + "image:max_size (\(formattedSize(maximum))) allows; take content out, raise that option, "
        + "or lower image:extra_space, the free space in it (\(formattedSize(extra)))"
    case .impossibleFirmware(let arch):
      return "image:firmware is bios, but no \(arch) machine has one; set it to uefi"
    case .missingBootCode(let firmware, let reason):
      return "image:firmware is \(firmware), but \(reason), so the image would never boot; "
        + "add it to the tree (docs/tree.md), or set the option to another firmware"
    case .invalidFragment(let path, let reason):
      return "the manifest fragment \(path) is not a JSON object: \(reason)"
    case .conflictingFragments(let key, let first, let second):
      return "the manifest fragments \(first) and \(second) give different values for \(key)"
    case .outputDamaged(let findings):
      return "the outputs do not verify:"
        + findings.map { "\n    \($0)" }.joined()
    case .unreadableManifest(let path, let reason):
      return "\(path) does not say which image to boot: \(reason)"
    case .bootFailed(let firmware, let failure, let lines, let console):
      return "the image does not boot (\(firmware.rawValue)): \(failure.reason)"
        + lines.map { "\n    \($0)" }.joined()
        + "\n  the whole console is in \(console), the screen beside it"
    case .notBootTested(let gap):
      return "nothing is published, because the product's images must have booted "
        + "(boot_test:enable): \(gap.reason). Run the check stage on this image, or run it with "
        + "--no-boot-test, which is recorded"
    case .alreadyPublished(let path):
      return "\(path) exists already; a published build is never overwritten. "
        + "Remove it or build with another --build-version"
    case .unexpectedOutput(let tool, let text):
      return "\(tool) answered what it never should: \(text)"
    }
  }
}

/// A size in the unit a person would choose: `1.5 GiB`.
func formattedSize(_ sizeInBytes: UInt64) -> String {
  var value = Double(sizeInBytes)
  for unit in ["B", "KiB", "MiB", "GiB"] {
    if value < 1024 { return unit == "B" ? "\(sizeInBytes) B" : "\(tenths(value)) \(unit)" }
    value /= 1024
  }
  return "\(tenths(value)) TiB"
}

private func tenths(_ value: Double) -> String {
  let rounded = UInt64((value * 10).rounded())
  return "\(rounded / 10).\(rounded % 10)"
}

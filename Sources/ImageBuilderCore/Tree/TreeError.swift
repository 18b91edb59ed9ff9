import Bindings
import Configuration
import SystemPackage

/// A problem with the OSTree tree, its remote or its keys.
enum TreeError: ExitStatusError, CustomStringConvertible {
  case missingURL(option: OptionName, product: String)
  case missingKeys(directories: [FilePath])
  case missingTrustedKey(FilePath)
  case unusableTLSFile(OptionName, FilePath, reason: String)
  case unreachableRemote(TransferError, option: String)
  case refusedLogin(url: String, option: String, advice: String)
  case noRepository(url: String, option: String)
  case unservedMode(String, url: String, option: String)
  case unsignedSummary(url: String, option: String, repository: String)
  case absentRef(String, url: String, option: String)
  case unknownSigner(url: String, ref: String, reason: String, keys: [FilePath])
  case remoteStalled(url: String, StalledPull)
  case untrustedCommit(checksum: String, repository: FilePath, reason: String)
  case downgraded(ref: String, repository: FilePath, reason: String)
  case unboundRef(String, commit: String, bound: [String])
  case unusableMetadata(url: String, reason: String)
  case oversizedObject(String, limitInBytes: UInt64)
  case missingRef(String, repository: FilePath)
  case otherCommit(ref: String, found: String, wanted: String, FilePath)
  case absentCommit(String, ref: String, url: String, reason: String)
  case incomplete([String])
  case severalKernels([String])
  case noKernel([String])
  case noInitramfs(version: String, [String])
  case linkOutsideTree(String, target: String)
  case unusableFile(String, reason: String)
  case forbiddenFiles([(kind: ForbiddenFileKind, path: String)])
  case damagedObjects([String], commit: String, repository: FilePath)

  var exitStatus: ExitStatus {
    switch self {
    case .missingURL, .unboundRef: .dataError
    case .missingKeys, .missingTrustedKey, .unusableTLSFile, .unreachableRemote, .refusedLogin,
      .noRepository, .unservedMode, .unsignedSummary, .absentRef:
      .unavailable
    default: .failure
    }
  }

  private static func otherNames(_ files: [String]) -> String {
    files.isEmpty
      ? "Add it to the tree (docs/tree.md)"
      : "Move \(files.joined(separator: " and ")) there"
  }

  var description: String {
    switch self {
    case .missingURL(let option, let product):
      PulledURL.absence(of: option, product: product)
    case .missingKeys(let directories):
      "there is no key to verify the OSTree tree with: put public keys as *.asc into "
        + "\(directories.map(\.string).joined(separator: " or ")), or name files in "
        + "ostree:trusted_keys"
    case .missingTrustedKey(let path):
      "ostree:trusted_keys names \(path), but there is no such file; put the public key "
        + "there that the tree is signed with"
    case .unusableTLSFile(let option, let path, let reason):
      "\(option) is \(path), which cannot be used: \(reason)"
    case .refusedLogin(let url, let option, let advice):
      "the OSTree repository \(url) (\(option)) cannot be used: the server answered 401. \(advice)"
    case .unreachableRemote(let error, let option):
      "the OSTree repository that \(option) names cannot be used: \(error)\(error.advice)"
    case .noRepository(let url, let option):
      "\(option) is \(url), where there is no OSTree repository: there is no file config with a "
        + "mode; set the option to the directory that contains that file"
    case .unservedMode(let mode, let url, let option):
      "the OSTree repository \(url) (\(option)) has the mode \(mode), from which nothing can be "
        + "pulled over a network; serve one of the mode archive: ostree init --mode=archive, then "
        + "ostree pull-local from that one"
    case .unsignedSummary(let url, let option, let repository):
      "the OSTree repository \(url) (\(option)) has no signed summary, which must protect "
        + "everything that is not pulled by https://; sign it: ostree --repo=\(repository) summary "
        + "--update --gpg-sign=KEYID. A server with TLS needs none"
    case .absentRef(let ref, let url, let option):
      "the OSTree repository \(url) (\(option)) has no ref \(ref), which ostree:ref names; build "
        + "another branch or product, or set that option. ostree refs lists those of a repository"
    case .unknownSigner(let url, let ref, let reason, let keys):
      "\(ref) of \(url) has no valid signature by a trusted key, and nothing was deployed: "
        + "\(reason). Trusted are the keys in \(keys.map(\.string).joined(separator: ", ")); if the "
        + "signer of the tree is trusted, add the public key (ostree:trusted_keys), else have the "
        + "commit and the summary signed: ostree gpg-sign, ostree summary --update --gpg-sign=KEYID"
    case .remoteStalled(let url, let error):
      "the pull from \(url) was ended, because \(error), the limit of "
        + "ostree:stall_timeout. What was fetched is kept: build again when the server responds"
    case .untrustedCommit(let checksum, let repository, let reason):
      "commit \(checksum) in \(repository) cannot be trusted, and nothing was deployed: "
        + "\(reason). If the signer of the tree is trusted, remove \(repository) to fetch it again; "
        + "if the key is new, add it to the trusted keys"
    case .downgraded(let ref, let repository, let reason):
      "\(ref) has become older than what \(repository) had of it, and nothing was pulled: "
        + "\(reason). The server may be out of date, or serve an old tree with known vulnerabilities; to "
        + "accept the older commit, set ostree:allow_downgrade = true"
    case .unboundRef(let ref, let commit, let bound):
      "commit \(commit) is made for \(bound.joined(separator: ", ")) (ostree.ref-binding), so that "
        + "installed systems would refuse it as \(ref); set ostree:ref_deploy to one of these refs, "
        + "or commit the tree with --bind-ref=\(ref)"
    case .unusableMetadata(let url, let reason):
      "\(url) has the ref \(TreeSource.metadataRef), which is needed for updates from other "
        + "computers and drives, but it cannot be pulled: \(reason). Sign it there (ostree summary "
        + "--update --gpg-sign=KEYID), or set ostree:enable_p2p_updates = false"
    case .oversizedObject(let url, let limit):
      "\(url) sent a file of more than \(formattedSize(limit)), and the pull was ended; if the "
        + "tree really has such a file, raise ostree:max_object_size"
    case .missingRef(let ref, let repository):
      "there is no \(ref) in \(repository); run the ostree stage first"
    case .otherCommit(let ref, let found, let wanted, let repository):
      "\(ref) is commit \(found) in \(repository), not \(wanted), which --commit asks for; run the "
        + "ostree stage, too"
    case .absentCommit(let commit, let ref, let url, let reason):
      "\(url) has no commit \(commit) of \(ref), which --commit asks for: \(reason). Servers may "
        + "remove old commits; without --commit, the newest one is pulled"
    case .linkOutsideTree(let link, let target):
      "the tree's \(link) is a link to \(shellQuoted(target)), by which the image would get "
        + "files of this host; nothing was deployed. Make it a directory or file, or a relative "
        + "link inside the tree"
    case .incomplete(let missing):
      "the tree is not complete, and nothing was deployed; it lacks:" + listed(missing)
        + "\n  add them to the tree (docs/tree.md)"
    case .severalKernels(let versions):
      "the tree has \(versions.count) kernels, and OSTree would boot any of them, on updates too; "
        + "nothing was deployed. Keep the vmlinuz of one of them:"
        + listed(versions.map { "usr/lib/modules/\($0)" })
    case .noKernel(let found):
      "the tree has no kernel, which must be called usr/lib/modules/VERSION/vmlinuz, with "
        + "initramfs.img beside it; nothing was deployed. \(Self.otherNames(found))"
    case .noInitramfs(let version, let found):
      "the tree has no initramfs, which must be called usr/lib/modules/\(version)/initramfs.img; "
        + "nothing was deployed. \(Self.otherNames(found))"
    case .unusableFile(let path, let reason):
      "\(path) of the deployment cannot be used: \(reason)"
    case .forbiddenFiles(let files):
      "no image was made, because image:forbid forbids what the deployment holds:"
        + listed(files.map { "\($0.kind.name) \(shellQuoted($0.path))" })
        + "\n  take them out of the tree or of the hooks that make them, or allow them there"
    case .damagedObjects(let objects, let commit, let repository):
      "no image was made, because objects of commit \(commit) are damaged:" + listed(objects)
        + "\n  they are linked with \(repository); remove them there, then build again: "
        + "ostree fsck --delete --repo=\(repository)\n  with image:usr_writable a hook may have "
        + "changed a file in place; it must write a new one"
    }
  }
}

extension TransferError {
  /// What a user can do, as the rest of a sentence.
  fileprivate var advice: String {
    switch kind {
    case .untrustedCertificate:
      ". The certificate must be valid for this host name and time, and signed by an authority that "
        + "this host trusts; for a private authority, set ostree:tls_ca to the file of its "
        + "certificate"
    case .unusableClientCertificate, .interruption, .refused(status: 400):
      // A server that gets no certificate closes the connection, or answers 400.
      !url.hasPrefix("https://")
        ? ""
        : ". If the server demands a certificate of its clients, set ostree:tls_client_certificate and "
          + "ostree:tls_client_key (PEM files, without a passphrase)"
    case .missingAuthorities:
      ". Install the list of authorities: apt-get install ca-certificates"
    case .refused(status: 407): ". The proxy needs a user name and a password in its URL"
    default: ""
    }
  }
}

extension TreeError: DetailedError {
  func describe(to failure: inout Failure) {
    switch self {
    case .remoteStalled: failure.cause = Failure.Cause(.timeOut, nil)
    case .unreachableRemote(let error, _): failure.cause = error.cause
    default: break
    }
  }
}

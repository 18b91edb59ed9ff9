import Foundation
import SystemPackage
import TestSupport
import Testing

/// The signed outputs of a real build, and the functions that tests need to modify copies of them.
final class VerifiedBuild: @unchecked Sendable {
  static let version = "test-master-amd64-amd64.1.base"
  @TaskLocal static var current: VerifiedBuild?

  let checkout: CheckoutFixture
  let outputs: FilePath
  let otherKey: SigningFixture

  init() throws {
    checkout = try CheckoutFixture()
    otherKey = try SigningFixture(checkout.fixture, name: "other")
    let outcome = try checkout.build(["--build-version", "1"])
    guard outcome.status == 0 else { throw ShellFailure(command: "the build", outcome: outcome) }
    outputs = try checkout.publishedDirectory()
  }

  var key: [String] { ["--key", checkout.signingKey.publicKey.string] }

  /// Returns a copy of the outputs in which a script was run.
  ///
  /// The script can use the functions below, OUTVERSION as `v`, the commit as `commit`, and gpg
  /// with both keys as `sign` and `sign_as_other`.
  func copy(_ script: String) throws -> FilePath {
    let copy = checkout.fixture.path("copy")
    try Shell.run(
      """
      rm -rf '\(copy)'; cp -R '\(outputs)' '\(copy)'; cd '\(copy)'
      v=\(Self.version) commit=\(checkout.repository.commit)
      \(Self.functions)
      sign() { gpg --homedir '\(checkout.signingKey.home)' --batch --quiet "$@"; }
      sign_as_other() { gpg --homedir '\(otherKey.home)' --batch --quiet "$@"; }
      \(script)
      """)
    return copy
  }

  func verify(_ directory: FilePath, _ arguments: [String]) throws -> Outcome {
    try checkout.build(["--verify", directory.string] + arguments)
  }

  private static let functions = #"""
    # flip FILE POSITION: changes one bit of the byte there; a negative position counts from the end
    flip() {
      python3 - "$1" "$2" <<'PYTHON'
    import sys
    path, position = sys.argv[1], int(sys.argv[2])
    with open(path, 'rb+') as file:
        file.seek(position, 2 if position < 0 else 0)
        byte = file.read(1)[0]
        file.seek(-1, 1)
        file.write(bytes([byte ^ 1]))
    PYTHON
    }
    # relist [KEY=VALUE...]: has the lists and companions say what is there, without signatures;
    # then sets facts of images.full, or of the manifest for KEYs that begin with a dot
    relist() {
      rm -f ./*.asc ./*.gpg
      python3 - "$v" "$@" <<'PYTHON'
    import hashlib, json, os, sys
    version, facts = sys.argv[1], sys.argv[2:]
    def digest(name):
        return hashlib.file_digest(open(name, 'rb'), 'sha256').hexdigest()
    def write(name, text):
        open(name, 'w').write(text)
    path = version + '.manifest.json'
    manifest = json.load(open(path))
    full = manifest['images']['full']
    image = version + '.img.zst'
    for name in manifest['files']:
        manifest['files'][name] = {'size': os.path.getsize(name), 'sha256': digest(name)}
    full.update(manifest['files'][image], signature=None, extracted_signature=None)
    full['compressed_size'] = full.pop('size')
    if os.path.exists('../raw'):
        full.update(extracted_size=os.path.getsize('../raw'), extracted_sha256=digest('../raw'))
    for fact in facts:
        key, value = fact.split('=', 1)
        value = json.loads(value)
        if key.startswith('.'):
            manifest[key[1:]] = value
        else:
            full[key] = value
    write(path, json.dumps(manifest))
    write(image + '.sha256', f'{digest(image)}  {image}\n')
    write(image + '.size', f"{full['extracted_size']}\n")
    write(version + '.img.sha256', f"{full['extracted_sha256']}  {version}.img\n")
    names = sorted(list(manifest['files']) + [path])
    write('SHA256SUMS', ''.join(f'{digest(name)}  {name}\n' for name in names))
    PYTHON
    }
    # edit_image: unpacks the image to ../raw, where root and efi are the places of partitions
    edit_image() {
      zstd -qdf --sparse $v.img.zst -o ../raw
      root=$(sfdisk -d ../raw | sed -n '/4F68BCE3/s/.*start= *\([0-9]*\).*/\1/p')
      efi=$(sfdisk -d ../raw | sed -n '/C12A7328/s/.*start= *\([0-9]*\).*/\1/p')
      filesystem="../raw?offset=$((root * 512))"
    }
    # pack_image [KEY=VALUE...]: packs ../raw again and lists it
    pack_image() {
      zstd -qf -1 ../raw -o $v.img.zst
      relist "$@"
      rm ../raw
    }
    """#
}

/// Runs one build for all tests of a suite.
struct OneBuild: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    try await VerifiedBuild.$current.withValue(try VerifiedBuild()) { try await function() }
  }
}

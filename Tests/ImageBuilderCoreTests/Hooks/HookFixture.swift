@testable import Bindings
import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// A deployment with the host's /usr, in which single hooks are run.
final class HookFixture {
  let fixture: Fixture
  let deployment: DeploymentRoot

  var root: FilePath { deployment.path }

  private static let relativePath = "ostree/deploy/eos/deploy/0123.0"

  /// The path of a file of the deployment, relative to the fixture.
  func path(inside path: String) -> String { "sysroot/\(Self.relativePath)/\(path)" }

  init() throws {
    fixture = try Fixture()
    deployment = DeploymentRoot(
      Deployment(
        stateroot: "eos", checksum: "0123", name: "0123.0",
        relativePath: FilePath(Self.relativePath)),
      sysroot: fixture.path("sysroot"))
    let (root, stateroot) = (deployment.path, deployment.varDirectory)
    try Shell.run(
      """
      mkdir -p '\(root)'/{usr,etc/default,tmp,proc,dev,var} '\(stateroot)'
      cp /etc/login.defs '\(root)/etc'
      printf 'root:x:0:0:root:/root:/bin/bash\\n' > '\(root)/etc/passwd'
      printf 'root:*:19000:0:99999:7:::\\n' > '\(root)/etc/shadow'
      printf 'root:x:0:\\nsudo:x:27:\\n' > '\(root)/etc/group'
      printf 'root:*::\\nsudo:*::\\n' > '\(root)/etc/gshadow'
      chmod 640 '\(root)'/etc/*shadow
      for name in bin sbin lib lib64; do ln -s usr/$name '\(root)'/$name; done
      mount --bind /usr '\(root)/usr'
      mount --bind /dev '\(root)/dev'
      mount -t proc proc '\(root)/proc'
      mount --bind '\(stateroot)' '\(root)/var'
      """)
    fixture.atEnd {
      _ = try? Shell.run("umount -l '\(root)'/usr '\(root)'/dev '\(root)'/proc '\(root)'/var")
    }
  }

  /// Runs a hook with this text, which is written to a local directory, as an image hook.
  @discardableResult
  func run(
    hook name: String, _ text: String, mode: Int = 0o644, _ ini: String = ""
  ) async throws -> TreeChanges {
    try fixture.write("local/hooks/image/\(name)", text, mode: mode)
    return try await run(.image, name, ini)
  }

  /// Expects that a shipped image hook fails with an error that contains a text.
  func expectRefusal(
    _ name: String, _ ini: String, _ text: String, location: SourceLocation = #_sourceLocation
  ) async throws {
    let error = await #expect(throws: HookFailure.self, sourceLocation: location) {
      try await run(.image, name, ini)
    }
    #expect(
      error?.description.contains(text) == true, "\(error?.description ?? "")",
      sourceLocation: location)
  }

  /// Runs a shipped hook with these options and returns the changes that it made.
  func run(_ group: HookGroup, _ name: String, _ ini: String = "") async throws -> TreeChanges {
    try fixture.write(
      "config/defaults.ini", "[\(group.rawValue)]\nhooks = \(name)\n" + ini)
    let configuration = try Configuration.load(
      Variant(product: "test", arch: "amd64"),
      from: ConfigurationSources(
        sourceDirectory: Checkout.directory, configDirectory: fixture.path("config"),
        systemDirectory: fixture.path("system"), cacheDirectory: fixture.path("cache"),
        localDirectories: fixture.exists("local") ? [fixture.path("local")] : []),
      settings: BuildSettings(buildVersion: "1"))
    let paths = try BuildPaths(configuration)
    for directory in [paths.temporaryDirectory, paths.outputDirectory] {
      try Directories.create(directory)
    }
    let context = StageContext(
      configuration: configuration, paths: paths, stage: group.stage ?? .image)
    let variables = try configuration.environment()
    let before = try TreeSnapshot(fixture.directory)
    try await HookRunner(
      context, inherited: Dictionary(uniqueKeysWithValues: variables.map { ($0.name, $0.value) })
    ).run(group, in: deployment)
    return TreeChanges(before: before, after: try TreeSnapshot(fixture.directory))
  }
}

/// The files of a tree: type, permissions, owner, and content or target.
struct TreeSnapshot {
  let entries: [String: String]

  init(_ directory: FilePath) throws {
    let script = """
      cd '\(directory)'; find . -xdev \\( -name steps.txt -o -path '*/usr' -o -path '*/dev' -o -path '*/proc' \\) -prune -o \
        -printf '%P\\t%y %m %U:%G %l\\n' | sort
      """
    var entries: [String: String] = [:]
    for line in try Shell.run(script).lines {
      let fields = line.split(separator: "\t", maxSplits: 1).map(String.init)
      guard fields.count == 2 else { continue }
      var description = fields[1].trimmingCharacters(in: .whitespaces)
      if description.hasPrefix("f"),
        let text = try? String(
          contentsOfFile: directory.appending(fields[0]).string, encoding: .utf8)
      {
        description += "\n" + text
      }
      entries[fields[0]] = description
    }
    self.entries = entries
  }
}

/// The differences between two snapshots.
struct TreeChanges {
  /// Paths relative to the deployment, paths in /var of the stateroot with the prefix `var/`, and
  /// other paths relative to the fixture.
  let changed: [String: String]
  let removed: [String]

  init(before: TreeSnapshot, after: TreeSnapshot) {
    func short(_ path: String) -> String {
      path.replacing("sysroot/ostree/deploy/eos/deploy/0123.0/", with: "")
        .replacing("sysroot/ostree/deploy/eos/var/", with: "var/")
    }
    changed = Dictionary(
      after.entries.filter { before.entries[$0.key] != $0.value }.map { (short($0.key), $0.value) }
    ) { $1 }
    removed = before.entries.keys.filter { after.entries[$0] == nil }.map(short).sorted()
  }

  var paths: [String] { changed.keys.sorted() }
}

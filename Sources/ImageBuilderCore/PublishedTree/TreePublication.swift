import Bindings
import Configuration
import SystemPackage

/// The publication of the tree that the image was made of (publish:tree).
struct TreePublication {
  private let context: StageContext
  private var paths: BuildPaths { context.paths }

  init(_ context: StageContext) {
    self.context = context
  }

  /// Publishes the commit of the image to each destination that can hold a repository.
  ///
  /// - Throws: `ConfigurationError`; `TreeError`; as `PublishedTree.publish` and `SigningKey.with`.
  func publish(to destinations: [any Destination]) async throws {
    guard try context.configuration.value(Options.publish.publishesTree) else { return }
    let source = try TreeSource(context.configuration, paths)
    let commit = try commit()
    try await withKey { key in
      for destination in destinations {
        guard let files = destination.sharedFiles else {
          context.say(
            "the tree is not published to \(destination.place), which holds versions only")
          continue
        }
        let tree = PublishedTree(
          files: files,
          mirror: try TreeMirror(of: destination.place, paths, say: context.say),
          key: key, depth: try context.configuration.value(Options.publish.treeDepth),
          say: context.say)
        try await context.times.measure("tree to \(destination.place)") { report in
          try await tree.publish(
            commit, as: source.deployedRef, from: paths.contentRepository, report: report)
        }
      }
    }
  }

  /// The commit in the manifest. Another build may have pulled a newer one since.
  private func commit() throws -> String {
    let file = paths.output(OutputManifest.fileExtension)
    guard
      let text = try? UntrustedFile.text(
        of: file, maximumSizeInBytes: JSONValue.largestFileInBytes),
      let commit = try? JSONValue(parsing: text)["ostree"]?["commit"]?.string
    else {
      throw OutputError.unreadableManifest(file, reason: "it has no ostree.commit to publish")
    }
    return commit
  }

  private func withKey(_ body: (SigningKey?) async throws -> Void) async throws {
    let home = try context.configuration.value(Options.publish.treeSigningHome)
    if let home, Directories.exists(home) {
      return try await SigningKey.with(nil, copying: home, body)
    }
    try await SigningKey.with(context.configuration, paths) { key in
      if key == nil {
        context.say(
          "warning: the summary of the published tree is not signed, because there is neither a key "
            + "in publish:tree_signing_home nor image:signing_keyid")
      }
      try await body(key)
    }
  }
}

import Bindings
import Configuration
import Glibc
import SystemPackage

/// A directory on this host with a subdirectory for each build version (publish:directory).
struct DirectoryDestination: Destination {
  private let directory: FilePath
  private let outputVersion: String
  /// The directory to which outputs are copied before they are renamed. Its name depends only on
  /// the build directory and the host, so that the next build finds what a killed build left.
  private let partial: FilePath

  init?(_ configuration: Configuration, _ paths: BuildPaths) throws {
    guard try !configuration.value(Options.build.isDryRun),
      let directory = try configuration.value(Options.publish.directory)
    else { return nil }
    self.directory = directory
    outputVersion = paths.outputVersion
    let identity = MessageDigest.hexadecimal(of: "\(Self.hostName) \(paths.temporaryDirectory)")
    partial = directory.appending(".\(identity.prefix(12)).partial")
  }

  var localDirectory: FilePath? { directory }
  var option: String { "\(Options.publish.directory.name)" }
  private var target: FilePath { directory.appending(outputVersion) }

  let tools: [RequiredTool] = []

  func check() async throws {
    guard !Directories.exists(target) else { throw PublishingError.alreadyPublished(target.string) }
  }

  func publish(_ outputs: FilePath) async throws -> String {
    try await check()
    try await removePartial()
    do {
      try await Command("cp", ["-R", "--reflink=auto", "--", outputs.string, partial.string]).run()
      try await Command("sync", ["--file-system", partial.string]).run()
      try FileAccess.rename(partial, to: target)
      try await Command("sync", ["--", directory.string]).run()
    } catch {
      try? await removePartial()
      throw error
    }
    return "published to \(target)"
  }

  func removePartial() async throws {
    try await Directories.remove(partial)
  }

  private static var hostName: String {
    var name = utsname()
    uname(&name)
    return withUnsafeBytes(of: &name.nodename) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

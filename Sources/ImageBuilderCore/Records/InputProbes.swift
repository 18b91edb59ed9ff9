import Configuration
import SystemPackage

/// The digests of content that hooks download, by name, as the hooks of the group `inputs` print them
/// before a build: one line `NAME DIGEST` for each.
package struct InputProbes: Equatable, Sendable {
  private static let largestTextInBytes = 1 << 20
  private static let nameLengths = 1...200
  private static let digestLengths = 1...128

  package private(set) var digests: [String: String] = [:]

  package init() {}

  /// Reads lines.
  ///
  /// - Parameter source: what the lines are from, for messages.
  /// - Throws: `ProbeError` for the first line that is not a name and a digest, or that contradicts
  ///   another one.
  init(parsing text: String, from source: String) throws(ProbeError) {
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.isEmpty {
      let line = String(Substring(line))
      let place = ProbeError.Place(source: source, line: index + 1)
      let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      guard words.count == 2, Self.isName(words[0]), Self.isDigest(words[1]) else {
        throw .badLine(place, found: line)
      }
      try add(words[0], words[1], at: place)
    }
  }

  private mutating func add(
    _ name: String, _ digest: String, at place: ProbeError.Place
  ) throws(ProbeError) {
    guard digests[name] ?? digest == digest else { throw .twoDigests(place, name: name) }
    digests[name] = digest
  }

  /// Adds what another hook has printed.
  private mutating func add(_ other: InputProbes, from source: String) throws(ProbeError) {
    for (name, digest) in other.digests {
      try add(name, digest, at: ProbeError.Place(source: source, line: nil))
    }
  }

  private static func isName(_ text: String) -> Bool {
    nameLengths.contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
  }

  private static func isDigest(_ text: String) -> Bool {
    digestLengths.contains(text.utf8.count)
      && text.wholeMatch(of: #/[A-Za-z0-9._:+\/=-]*/#) != nil
  }

  /// The lines, sorted by name.
  package var text: String {
    digests.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
  }

  /// Reads a file of such lines.
  ///
  /// - Throws: `ProbeError`.
  package static func read(_ file: FilePath) throws(ProbeError) -> InputProbes {
    do {
      return try InputProbes(parsing: text(of: file), from: "\(file)")
    } catch let error as ProbeError {
      throw error
    } catch {
      throw .unreadable(file, reason: "\(error)")
    }
  }

  private static func text(of file: FilePath) throws -> String {
    try UntrustedFile.text(of: file, maximumSizeInBytes: largestTextInBytes)
  }

  /// What the running build has asked for, or was given.
  ///
  /// - Throws: `ProbeError`.
  static func recorded(_ paths: BuildPaths) throws(ProbeError) -> InputProbes {
    Directories.exists(paths.recordedProbes) ? try read(paths.recordedProbes) : InputProbes()
  }

  /// Records the digests for the manifest stage.
  ///
  /// - Throws: `LinuxError`.
  func record(_ paths: BuildPaths) throws {
    try Directories.create(paths.stageRecords, mode: 0o700)
    try FileAccess.write(
      text, to: paths.recordedProbes, permissions: .ownerReadWrite, waitsForDisk: false)
  }
}

extension InputProbes {
  /// Runs the hooks in `inputs:hooks`, as the user of this process and without a build.
  ///
  /// - Throws: `ProbeError`; `HookFailure`; `ConfigurationError`; `NoTemporaryDirectory`;
  ///   `LinuxError`; `MissingProgramFiles`; `CancellationError`.
  package static func ask(
    _ configuration: Configuration, _ paths: BuildPaths
  ) async throws -> InputProbes {
    let hooks = try Hook.all(of: .inputs, configuration, paths).filter { !$0.runsInChroot }
    guard !hooks.isEmpty else { return InputProbes() }
    let secrets = configuration.secretFilter
    return try await TemporaryDirectory.with(in: "/tmp") { directory in
      let environment = try HookEnvironment.outsideBuild(
        of: .inputs, configuration, paths, settingsIn: directory)
      var probes = InputProbes()
      for hook in hooks {
        let output = directory.appending("output")
        try await hook.ask(environment: environment, paths, secrets, output: output)
        let text = try text(of: output)
        guard secrets(text) == text else { throw ProbeError.privateValue(hook.label) }
        try probes.add(
          InputProbes(parsing: text, from: "the hook \(hook.label)"),
          from: "the hook \(hook.label)")
      }
      return probes
    }
  }
}

/// A line of a probe that cannot be used.
package enum ProbeError: ExitStatusError, CustomStringConvertible {
  package struct Place: Sendable {
    let source: String
    /// Nil for another hook's line.
    let line: Int?
  }

  case badLine(Place, found: String)
  case twoDigests(Place, name: String)
  case privateValue(String)
  case unreadable(FilePath, reason: String)

  package var exitStatus: ExitStatus { .dataError }

  package var description: String {
    switch self {
    case .badLine(let place, let found):
      "\(Self.text(place)) is '\(visible(String(found.prefix(100))))'; accepted: NAME DIGEST, a "
        + "name without blanks and a digest of letters, digits and ._:+/=-, with one blank between"
    case .twoDigests(let place, let name):
      "\(Self.text(place)) gives \(visible(name)) another digest than an earlier line; a name has "
        + "one digest"
    case .privateValue(let hook):
      "the hook \(hook) prints a private value, which would be published; print a digest that "
        + "does not contain it"
    case .unreadable(let file, let reason): "\(file) cannot be read: \(reason)"
    }
  }

  private static func text(_ place: Place) -> String {
    place.line.map { "line \($0) of \(place.source)" } ?? "\(place.source)"
  }
}

import Glibc
import SystemPackage

/// The files of an installation: the program `image-builder`, the engine that it starts, and the
/// directory with buildscript, hooks, helpers, lib, data and config.
package enum ProgramFiles {
  private static let commandName = "image-builder"
  private static let engineName = "image-builder-engine"
  /// Where `make install` puts the files, relative to its prefix.
  private static let installedEngine: FilePath = "libexec/eos-image-builder"
  private static let installedFiles: FilePath = "share/eos-image-builder"

  /// Returns the path of the running program.
  ///
  /// - Throws: `MissingProgramFiles`.
  package static func running() throws -> FilePath {
    guard let program = Directories.linkTarget(of: "/proc/self/exe") else {
      throw MissingProgramFiles.unknownProgram(Errno(rawValue: errno))
    }
    guard PathSyntax.isUsable(program.string) else {
      throw MissingProgramFiles.unusablePath(program)
    }
    return program
  }

  /// Returns the path of the engine. Called by `image-builder`. In a checkout the engine is in the
  /// same directory; installed, it is in `libexec`.
  ///
  /// - Throws: `MissingProgramFiles`.
  package static func engine() throws -> FilePath {
    let command = try running()
    let directory = command.removingLastComponent()
    let places = [
      directory.appending(engineName),
      directory.removingLastComponent().pushing(installedEngine).appending(engineName),
    ]
    guard let engine = places.first(where: { access($0.string, X_OK) == 0 }) else {
      throw MissingProgramFiles.noEngine(of: command, lookedAt: places)
    }
    return engine
  }

  /// Returns the path of `image-builder`. Called by the engine.
  ///
  /// - Throws: `MissingProgramFiles`.
  package static func command() throws -> FilePath {
    let engine = try running()
    let directory = engine.removingLastComponent()
    let places = [
      directory.appending(commandName),
      prefix(ofEngineIn: directory).appending("bin").appending(commandName),
    ]
    guard let command = places.first(where: { access($0.string, X_OK) == 0 }) else {
      throw MissingProgramFiles.noCommand(of: engine, lookedAt: places)
    }
    return command
  }

  /// Returns the path by which people start `image-builder`: the script of a checkout, or the program.
  ///
  /// - Throws: `MissingProgramFiles`.
  package static func startedCommand() throws -> FilePath {
    let script = try sourceDirectory().appending(commandName)
    return access(script.string, X_OK) == 0 ? script : try command()
  }

  /// Returns the directory where `make install` put the files, or the checkout that contains the
  /// program.
  ///
  /// - Throws: `MissingProgramFiles`.
  package static func sourceDirectory() throws -> FilePath {
    let program = try running()
    var directory = program.removingLastComponent()
    for prefix in [directory.removingLastComponent(), prefix(ofEngineIn: directory)] {
      let installed = prefix.pushing(installedFiles)
      if holdsFiles(installed) { return installed }
    }
    while !directory.components.isEmpty {
      if holdsFiles(directory) { return directory }
      directory.removeLastComponent()
    }
    throw MissingProgramFiles.noFiles(of: program)
  }

  private static func prefix(ofEngineIn directory: FilePath) -> FilePath {
    directory.removingLastComponent().removingLastComponent()
  }

  private static func holdsFiles(_ directory: FilePath) -> Bool {
    ["buildscript", "hooks", "lib/eib.sh"].allSatisfy { name in
      access(directory.pushing(FilePath(name)).string, F_OK) == 0
    }
  }
}

/// A part of the installation is missing.
package enum MissingProgramFiles: ExitStatusError, CustomStringConvertible {
  case unknownProgram(Errno)
  case unusablePath(FilePath)
  case noEngine(of: FilePath, lookedAt: [FilePath])
  case noCommand(of: FilePath, lookedAt: [FilePath])
  case noFiles(of: FilePath)

  package var exitStatus: ExitStatus { .unavailable }

  package var description: String {
    switch self {
    case .unknownProgram(let errno): "cannot find the running program (/proc/self/exe): \(errno)"
    case .unusablePath(let program):
      "the program is \(visible(program.string)); move it to a path \(PathSyntax.accepted)"
    case .noEngine(let command, let places):
      "\(command) found no engine to build with at \(Self.list(places)); \(Self.advice)"
    case .noCommand(let engine, let places):
      "\(engine) found no image-builder at \(Self.list(places)); \(Self.advice)"
    case .noFiles(let program):
      "the files that belong to \(program) (buildscript, hooks, lib) are neither in a directory "
        + "above it nor in ../share/eos-image-builder; \(Self.advice)"
    }
  }

  private static let advice = "run it from its checkout, or install it with make install"

  private static func list(_ places: [FilePath]) -> String {
    places.map(\.string).joined(separator: " or ")
  }
}

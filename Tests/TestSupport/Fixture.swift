import Foundation
import SystemPackage

/// A directory for one test, and the cleanups at its end, which run in reverse order.
///
/// If `IMAGE_BUILDER_KEEP_FIXTURES` is set, the directory is kept and its path is printed.
package final class Fixture: @unchecked Sendable {
  package let directory: FilePath
  private var cleanups: [() -> Void] = []

  package init() throws {
    var template = Array("/var/tmp/ib-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw POSIXError(.EIO) }
    directory = FilePath(platformString: template)
  }

  deinit {
    for cleanup in cleanups.reversed() { cleanup() }
    if getenv("IMAGE_BUILDER_KEEP_FIXTURES") == nil {
      _ = try? Shell.run(
        "chattr -R -f -i '\(directory)' || true; rm -rf --one-file-system '\(directory)'")
    } else {
      print("kept \(directory)")
    }
  }

  package func atEnd(_ cleanup: @escaping () -> Void) {
    cleanups.append(cleanup)
  }

  package func path(_ relative: String) -> FilePath {
    directory.pushing(FilePath(relative))
  }

  /// Writes a file, and creates its parent directories.
  @discardableResult
  package func write(_ relative: String, _ text: String, mode: Int = 0o644) throws -> FilePath {
    let path = path(relative)
    try FileManager.default.createDirectory(
      atPath: path.removingLastComponent().string, withIntermediateDirectories: true)
    let isProgram = mode & 0o111 != 0
    // A program that starts meanwhile in another thread inherits the open file for a moment, and what is
    // open for writing cannot be started: a process without threads writes programs.
    let written = isProgram ? FilePath("\(path).text") : path
    try text.write(toFile: written.string, atomically: false, encoding: .utf8)
    if isProgram {
      let copy = try Shell.start(
        "/bin/cp", ["--remove-destination", written.string, path.string])
      guard copy.status == 0 else { throw ShellFailure(command: "cp", outcome: copy) }
      try FileManager.default.removeItem(atPath: written.string)
    }
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path.string)
    return path
  }

  package func makeDirectory(_ relative: String) throws -> FilePath {
    let path = path(relative)
    try FileManager.default.createDirectory(
      atPath: path.string, withIntermediateDirectories: true)
    return path
  }

  package func text(_ relative: String) throws -> String {
    try String(contentsOfFile: path(relative).string, encoding: .utf8)
  }

  package func exists(_ relative: String) -> Bool {
    access(path(relative).string, F_OK) == 0
  }
}

/// The repository that contains the tests.
package enum Checkout {
  package static let directory: FilePath = {
    var path = FilePath(#filePath)
    for _ in 0..<3 { path.removeLastComponent() }
    return path
  }()

  /// Copies the shipped configuration, without local.ini and private.ini.
  package static func copyConfiguration(to copy: FilePath) throws {
    try Shell.run(
      """
      mkdir -p '\(copy.removingLastComponent())'; cp -R '\(directory)/config' '\(copy)'
      rm -f '\(copy)'/{local,private}.ini
      """)
  }
}

import Bindings
import Configuration
import Glibc
import Synchronization
import SystemPackage

/// The files that are inputs, as they are now. Each file and directory is read once, so that the
/// inputs of many variants can be computed fast.
package final class InputFiles: Sendable {
  /// The prefix of a digest, which tells it from a text.
  static let digestPrefix = "sha256:"

  private let files = Mutex<[FilePath: String]>([:])
  private let directories = Mutex<[FilePath: [String: String]]>([:])
  private let program: FilePath?
  private let programIdentity = Mutex<String?>(nil)

  /// - Parameter program: the program that builds; nil for the engine that belongs to this process.
  package init(program: FilePath? = nil) {
    self.program = program
  }

  /// The digest of a file, and whether the file can be executed.
  ///
  /// - Throws: `LinuxError`.
  func identity(of file: FilePath) throws -> String {
    if let known = files.withLock({ $0[file] }) { return known }
    var status = stat()
    guard stat(file.string, &status) == 0 else {
      throw LinuxError("look at \(file)", Errno(rawValue: errno))
    }
    // Not access(2): root may not be who computes the inputs, and both must find the same.
    let kind = status.st_mode & S_IXUSR == 0 ? "file" : "program"
    let identity = "\(kind) \(Self.digestPrefix)\(try digest(of: file))"
    files.withLock { $0[file] = identity }
    return identity
  }

  private func digest(of file: FilePath) throws -> String {
    do {
      return try FileFacts(of: file).digest
    } catch let error as Errno {
      throw LinuxError("read \(file)", error)
    }
  }

  /// The identities of the files below a directory, by relative path. What Python keeps of modules
  /// is left out. A link to a file is that file; other links are the text of the link.
  ///
  /// - Throws: `LinuxError`.
  func identities(below directory: FilePath) throws -> [String: String] {
    if let known = directories.withLock({ $0[directory] }) { return known }
    var identities: [String: String] = [:]
    for name in Directories.files(below: directory)
    where !name.split(separator: "/").contains("__pycache__") {
      let file = directory.pushing(FilePath(name))
      if FileKind(following: file) == .regular {
        identities[name] = try identity(of: file)
      } else if let target = Directories.linkTarget(of: file) {
        identities[name] = "link \(target)"
      }
    }
    directories.withLock { [identities] in $0[directory] = identities }
    return identities
  }

  /// The build ID of the program that builds, or its digest if it has none.
  ///
  /// - Throws: `LinuxError`; `MissingProgramFiles`.
  func identityOfProgram() throws -> String {
    if let known = programIdentity.withLock({ $0 }) { return known }
    let program = try program ?? ProgramFiles.engine()
    let identity = try BuildID.of(program) ?? identity(of: program)
    programIdentity.withLock { $0 = identity }
    return identity
  }
}

import Glibc
import SystemPackage

/// A file with secrets to which users other than its owner and group have access.
package struct ExposedFile: ExitStatusError, Equatable, CustomStringConvertible {
  let path: FilePath
  let permissions: mode_t

  package var exitStatus: ExitStatus { .dataError }
  package var description: String {
    "\(path): has the permissions 0\(String(permissions, radix: 8)), so every user can use its "
      + "passwords; run: chmod 600 \(shellQuoted(path.string))"
  }

  /// - Throws: `ExposedFile` if every user has access to the file. A missing file is no error.
  package static func refuse(_ path: FilePath) throws(ExposedFile) {
    var status = stat()
    guard stat(path.string, &status) == 0 else { return }
    let permissions = status.st_mode & 0o777
    guard permissions & 0o007 == 0 else {
      throw ExposedFile(path: path, permissions: permissions)
    }
  }
}

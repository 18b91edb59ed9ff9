import CGPGME
import Glibc
import SystemPackage

/// A file as an input of gpgme.
final class FileData {
  let data: gpgme_data_t
  private let descriptor: FileDescriptor

  init(_ file: FilePath, _ operation: String) throws(OpenPGPError) {
    do {
      // Opening a named pipe would wait for a writer. Without one, it is empty.
      descriptor = try FileDescriptor.open(file, .readOnly, options: [.nonBlocking, .closeOnExec])
    } catch {
      throw OpenPGPError(operation, "\(file): \(error)")
    }
    _ = fcntl(descriptor.rawValue, F_SETFL, 0)
    var data: gpgme_data_t?
    do {
      try OpenPGP.check(gpgme_data_new_from_fd(&data, descriptor.rawValue), operation)
    } catch {
      try? descriptor.close()
      throw error
    }
    self.data = data!
    gpgme_data_set_flag(self.data, "io-buffer-size", "65536")
  }

  deinit {
    gpgme_data_release(data)
    try? descriptor.close()
  }
}

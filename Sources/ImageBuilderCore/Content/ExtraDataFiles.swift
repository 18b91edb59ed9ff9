import Bindings
import Configuration
import SystemPackage

/// The files that publishers have outside of commits, in the directory where libflatpak looks for
/// them: `SHA-256/NAME`.
struct ExtraDataFiles {
  let directory: FilePath
  let policy: RetryPolicy
  let say: @Sendable (String) -> Void

  /// Downloads the files that are missing.
  ///
  /// - Throws: `FlatpakError.extraData`, `LinuxError`; `CancellationError`.
  func download(_ operations: [FlatpakOperation]) async throws {
    for operation in operations {
      for data in operation.metadata.extraData {
        try await download(data, of: operation.ref)
      }
    }
  }

  private func download(_ data: FlatpakMetadata.ExtraData, of ref: FlatpakRef) async throws {
    func failure(_ reason: String) -> FlatpakError { .extraData("\(ref)", reason: reason) }
    guard data.checksum.wholeMatch(of: #/[0-9a-f]{64}/#) != nil, !data.name.contains("/"),
      ![".", "..", ""].contains(data.name)
    else { throw failure("its metadata is not valid") }
    let place = directory.appending(data.checksum)
    let file = place.appending(data.name)
    guard !Directories.exists(file) else { return }
    say("downloading \(data.url), the extra data of \(ref)")
    try Directories.create(place)
    let partial = FilePath("\(file).partial")
    do {
      try await policy.run { try await fetch(data, to: partial) }
      let facts = try UntrustedFile.digest(of: partial, sizeInBytes: data.sizeInBytes)
      guard facts.digest == data.checksum else {
        throw failure(
          "\(data.url) has the SHA-256 \(facts.digest); its metadata says \(data.checksum)")
      }
    } catch let error as TransferError {
      throw failure("\(error)")
    } catch let error as UntrustedFile.Refusal {
      throw failure("\(data.url) \(error.reason)")
    }
    try FileAccess.rename(partial, to: file)
  }

  private func fetch(_ data: FlatpakMetadata.ExtraData, to path: FilePath) async throws {
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .worldReadable)
    defer { try? file.close() }
    let request = HTTPRequest(
      url: data.url, maximumResponseInBytes: data.sizeInBytes, followsRedirects: true)
    try await HTTPTransport().send(request) { try file.writeAll($0) }.requireSuccess(of: data.url)
  }
}

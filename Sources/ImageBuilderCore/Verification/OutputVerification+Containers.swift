import Configuration
import SystemPackage

extension OutputVerification {
  /// Verifies the files of a format that contains the raw image otherwise than compressed.
  ///
  /// - Parameter scratch: an existing directory.
  /// - Throws: `MissingTool`; `VerificationError`; as `RawImageContainer.check`.
  func findings(
    in container: any RawImageContainer.Type, _ image: ReadManifest.Image,
    _ raw: ReadManifest.RawImage, _ listed: ListedOutputs, _ scratch: FilePath
  ) async throws -> [OutputFinding] {
    for tool in container.tools(toRead: raw) { _ = try tool.find() }
    var expected = raw
    expected.second = [listed.manifest.secondDisk].compactMap { $0 }
    return try await findings(in: image, listed, scratch) { [expected] file, scratch in
      try await container.check(file, expected, scratch: scratch)
      try container.checkOtherFiles(of: image, in: directory)
    }
  }

  /// Verifies a file that is not just a compressed image. A file on a server is fetched, and compared
  /// with the lists and its signature, before anything reads it.
  ///
  /// - Parameters:
  ///   - scratch: an existing directory.
  ///   - check: gets an absolute path and a directory for files.
  /// - Throws: what `check` throws, except reasons why the file is refused.
  func findings(
    in image: ReadManifest.Image, _ listed: ListedOutputs, _ scratch: FilePath,
    _ check: (_ file: FilePath, _ scratch: FilePath) async throws -> Void
  ) async throws -> [OutputFinding] {
    let name = image.file.text
    return try await TemporaryDirectory.with(in: scratch) { scratch in
      var file = path(name)
      do {
        if let remote {
          file = scratch.appending("image")
          let findings = try await fetch(image.file, from: remote, listed, to: file)
          guard findings.isEmpty else { return findings }
        }
        try await check(Directories.absolute(file.string), scratch)
        return []
      } catch let mismatch as ExtractedImage.Mismatch {
        return [OutputFinding(name, "\(mismatch)")]
      } catch let refusal as UntrustedFile.Refusal {
        return [OutputFinding(name, "\(refusal)")]
      }
    }
  }

  private func fetch(
    _ name: ExactName, from remote: RemoteOutputs, _ listed: ListedOutputs, to path: FilePath
  ) async throws -> [OutputFinding] {
    let file = try FileDescriptor.open(
      path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
      permissions: .ownerReadWrite)
    let content: FileFacts
    do {
      content = try await remote.content(
        of: name.text, sizeInBytes: listed.manifest.files[name]?.sizeInBytes, writingTo: file)
    } catch let error as Errno where [.noSpace, .diskQuotaExceeded].contains(error) {
      throw SparseFile.NoRoom(directory: path.removingLastComponent(), errno: error)
    }
    let signatures = listed.sidecars.filter { $0.base == .file(name.text) }
    return await listed.differences(name, content)
      + checkSignatures(signatures, [name: content]).findings
  }
}

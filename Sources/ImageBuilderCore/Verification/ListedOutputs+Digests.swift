import Configuration
import SystemPackage

extension ListedOutputs {
  /// Reads every file in SHA256SUMS once and compares its digest with both lists. Also compares the
  /// sidecar files with the lists.
  func readContents() -> (contents: [ExactName: FileFacts], findings: [OutputFinding]) {
    var contents: [ExactName: FileFacts] = [:]
    var findings: [OutputFinding] = []
    for (name, expected) in checksums.digests.sorted(by: { $0.key < $1.key }) where isPresent(name)
    {
      let listed = manifest.files[name]
      do {
        let content = try UntrustedFile.digest(of: path(name), sizeInBytes: listed?.sizeInBytes)
        contents[name] = content
        let found = content.digest
        for (list, expected) in [
          ("SHA256SUMS", expected), ("the manifest", listed?.digest ?? found),
        ]
        where found != expected {
          findings.append(
            OutputFinding(
              name.text, "its SHA-256 is \(found), not the \(expected) that \(list) says"))
        }
      } catch {
        findings.append(OutputFinding(name.text, "\(error)"))
      }
    }
    return (contents, findings + sidecars.compactMap(finding))
  }

  private func finding(_ sidecar: Sidecar) -> OutputFinding? {
    do {
      guard let expected = try expectedText(of: sidecar) else { return nil }
      let found = try UntrustedFile.text(
        of: path(ExactName(sidecar.name)), maximumSizeInBytes: 1024)
      guard ExactName(found) != ExactName(expected) else { return nil }
      return OutputFinding(
        sidecar.name, "says '\(found.prefix(80))', not '\(expected.dropLast())' and a newline")
    } catch {
      return OutputFinding(sidecar.name, "\(error)")
    }
  }

  /// Nil for signatures.
  private func expectedText(of sidecar: Sidecar) throws -> String? {
    switch (sidecar.kind, sidecar.base) {
    case (.signature, _): return nil
    case (.checksum, .file(let name)):
      let known = checksums.digests[ExactName(name)]
      let digest =
        try known ?? UntrustedFile.digest(of: path(ExactName(name)), sizeInBytes: nil).digest
      return "\(digest)\n"
    case (.checksum, .rawImage(let image)): return rawImage(in: image).map { "\($0.digest)\n" }
    case (.size, .file(let name)):
      return rawImage(in: ExactName(name)).map { "\($0.sizeInBytes)\n" }
    case (.size, .rawImage): return nil
    }
  }

  private func rawImage(in image: ExactName) -> ReadManifest.RawImage? {
    manifest.images.first { $0.file == image && $0.raw != nil }?.raw
  }

  private func path(_ name: ExactName) -> FilePath {
    directory.pushing(FilePath(name.text))
  }
}

import Configuration
import SystemPackage

extension ListedOutputs {
  /// Reads every file in SHA256SUMS once and compares its digest with both lists. Also compares the
  /// sidecar files with the lists.
  func readContents() -> (contents: [ExactName: FileFacts], findings: [OutputFinding]) {
    var contents: [ExactName: FileFacts] = [:]
    var findings: [OutputFinding] = []
    for name in checksums.digests.keys.sorted() where isPresent(name) {
      do {
        let content = try UntrustedFile.digest(
          of: path(name), sizeInBytes: manifest.files[name]?.sizeInBytes)
        contents[name] = content
        findings += differences(name, content)
      } catch {
        findings.append(OutputFinding(name.text, "\(error)"))
      }
    }
    return (contents, findings + sidecarFindings())
  }

  /// Compares the digest of a file with both lists.
  func differences(_ name: ExactName, _ content: FileFacts) -> [OutputFinding] {
    let found = content.digest
    let expected = [
      ("SHA256SUMS", checksums.digests[name]), ("the manifest", manifest.files[name]?.digest),
    ]
    return expected.compactMap { list, expected in
      guard let expected, expected != found else { return nil }
      return OutputFinding(
        name.text, "its SHA-256 is \(found), not the \(expected) that \(list) says")
    }
  }

  /// Compares `.sha256` and `.size` files with the lists.
  func sidecarFindings() -> [OutputFinding] {
    sidecars.compactMap(finding)
  }

  private func finding(_ sidecar: Sidecar) -> OutputFinding? {
    do {
      let accepted = try acceptedTexts(of: sidecar).map { ExactName($0) }
      guard let expected = accepted.first else { return nil }
      let found = try UntrustedFile.text(
        of: path(ExactName(sidecar.name)), maximumSizeInBytes: 1024)
      guard !accepted.contains(ExactName(found)) else { return nil }
      return OutputFinding(
        sidecar.name,
        "says '\(found.prefix(80))', not '\(expected.text.dropLast())' and a newline")
    } catch {
      return OutputFinding(sidecar.name, "\(error)")
    }
  }

  /// The texts that a sidecar may contain, the current form first. Empty for signatures.
  private func acceptedTexts(of sidecar: Sidecar) throws -> [String] {
    func checksum(_ digest: String, _ name: String) -> [String] {
      // Earlier versions wrote the digest alone.
      [ChecksumLine.text(digest, name), "\(digest)\n"]
    }
    switch (sidecar.kind, sidecar.base) {
    case (.signature, _): return []
    case (.checksum, .file(let name)):
      let known = checksums.digests[ExactName(name)]
      let digest =
        try known ?? UntrustedFile.digest(of: path(ExactName(name)), sizeInBytes: nil).digest
      return checksum(digest, sidecar.baseName)
    case (.checksum, .rawImage(let image)):
      return rawImage(in: image).map { checksum($0.digest, sidecar.baseName) } ?? []
    case (.size, .file(let name)):
      return rawImage(in: ExactName(name)).map { ["\($0.sizeInBytes)\n"] } ?? []
    case (.size, .rawImage): return []
    }
  }

  private func rawImage(in image: ExactName) -> ReadManifest.RawImage? {
    manifest.images.first { $0.file == image && $0.raw != nil }?.raw
  }

  private func path(_ name: ExactName) -> FilePath {
    directory.pushing(FilePath(name.text))
  }
}

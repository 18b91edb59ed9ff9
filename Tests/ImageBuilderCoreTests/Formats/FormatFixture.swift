import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// A small raw image, and the formats that are made from it.
final class FormatFixture {
  let fixture: Fixture
  let raw: FilePath

  /// - Parameter script: writes more to the image, which is the file "$raw" of 9 MiB with data at its
  ///   beginning, in its middle and at its end, and holes between.
  init(_ script: String = "") throws {
    fixture = try Fixture()
    raw = fixture.path("raw.img")
    try Shell.run(
      """
      raw='\(raw)'
      { head -c 700k /usr/bin/bash; head -c 300k /dev/urandom; } >"$raw"
      seq 100000 | dd of="$raw" bs=1k seek=5000 status=none
      truncate -s 9M "$raw"; printf end | dd of="$raw" bs=1 seek=$((9437184 - 3)) status=none
      \(script)
      """)
  }

  /// The configuration with the given sections.
  func configuration(_ ini: String, arch: String = "amd64") throws -> Configuration {
    try fixture.write("config/defaults.ini", ini)
    return try Configuration.load(
      Variant(product: "test", arch: arch),
      from: ConfigurationSources(
        sourceDirectory: Checkout.directory, configDirectory: fixture.path("config"),
        systemDirectory: fixture.path("system"), cacheDirectory: fixture.path("cache")),
      settings: BuildSettings(buildVersion: "1"))
  }

  /// Makes the compressed image and the formats that the configuration selects.
  ///
  /// - Parameter secondDisk: the raw image of a second disk.
  func make(
    _ ini: String, arch: String = "amd64", bootFiles: BootFiles? = nil,
    secondDisk: FilePath? = nil
  ) async throws -> Made {
    let configuration = try configuration(ini, arch: arch)
    let paths = try BuildPaths(configuration)
    for directory in [paths.outputDirectory, paths.manifestDirectory] {
      try await Directories.recreate(directory)
    }
    try Shell.run("cp --sparse=always '\(raw)' '\(paths.rawImage)'")
    if let secondDisk {
      try Shell.run("cp --sparse=always '\(secondDisk)' '\(paths.secondRawImage)'")
    }
    try FileAccess.write("a kernel", to: paths.temporaryDirectory.appending("vmlinuz"))
    try FileAccess.write("an initramfs", to: paths.temporaryDirectory.appending("initramfs.img"))
    try FileAccess.write(
      [UInt8](repeating: 1, count: 5000), to: paths.temporaryDirectory.appending("BOOTX64.EFI"))
    let timestamp: UInt64 = 1_700_000_000
    try await FormatMaking(
      image: RawDiskImage(path: paths.rawImage, sizeInBytes: try FileFacts(of: raw).sizeInBytes),
      secondDisk: try secondDisk.map {
        RawDiskImage(path: paths.secondRawImage, sizeInBytes: try FileFacts(of: $0).sizeInBytes)
      },
      context: StageContext(configuration: configuration, paths: paths, stage: .image),
      identifiers: DerivedIdentifiers(["test"]), timestamp: timestamp,
      live: LiveMedia(
        system: LiveSystem(
          directory: paths.temporaryDirectory, version: "1", arguments: ["rw"], arch: .amd64),
        squash: LiveSquash(
          of: paths.rawImage, in: paths.temporaryDirectory, level: 3, timestamp: timestamp),
        productName: "Test", personality: "en"),
      bootFiles: bootFiles
    ).run()
    let images = try JSONValue(
      parsing: try FileAccess.text(of: paths.manifestDirectory.appending("images.json")))
    return Made(directory: paths.outputDirectory, version: paths.outputVersion, images: images)
  }

  /// The outputs, and their part of the manifest.
  struct Made {
    let directory: FilePath
    let version: String
    let images: JSONValue

    func path(_ fileExtension: String) -> FilePath {
      directory.appending("\(version).\(fileExtension)")
    }

    /// What the manifest says, as `--verify` reads it.
    ///
    /// - Parameter change: changes the text.
    func manifest(_ change: (String) -> String = { $0 }) throws -> ReadManifest {
      var files: [String: JSONValue] = [:]
      for name in Directories.names(in: directory) {
        let facts = try FileFacts(of: directory.appending(name))
        files[name] = try JSONValue(
          encoding: OutputManifest.File(sizeInBytes: facts.sizeInBytes, digest: facts.digest))
      }
      let value: JSONValue = [
        "images": try #require(images["images"]), "files": .object(files),
        "ostree": ["commit": .string(String(repeating: "a", count: 64))],
      ]
      return ReadManifest(
        parsing: change(try value.text()), name: "m",
        compressionTypes: ImageFormats.compressionTypes)
    }

    /// Writes the manifest, SHA256SUMS and checksums of the files as they are.
    func list() throws {
      guard case .object(let described)? = images["images"] else { return }
      var (images, files, sums) = ([String: JSONValue](), [String: JSONValue](), "")
      for (key, facts) in described {
        var image = try facts.decoded(as: OutputManifest.Image.self)
        for name in image.files ?? [image.file] {
          let artifact = try Artifact(directory.appending(name))
          try artifact.writeChecksum()
          files[name] = try JSONValue(
            encoding: OutputManifest.File(
              sizeInBytes: artifact.sizeInBytes, digest: artifact.digest))
          sums += ChecksumLine.text(artifact.digest, name)
          guard name == image.file else { continue }
          (image.digest, image.compressedSize) = (artifact.digest, artifact.sizeInBytes)
        }
        images[key] = try image.json
      }
      let manifest: JSONValue = [
        "images": .object(images), "files": .object(files),
        "ostree": ["commit": .string(String(repeating: "a", count: 64))],
      ]
      let file = path(OutputManifest.fileExtension)
      try FileAccess.write(try manifest.text(), to: file)
      let listed = try Artifact(file)
      sums += ChecksumLine.text(listed.digest, listed.name)
      try FileAccess.write(sums, to: directory.appending(OutputListing.checksumList))
    }

    /// What the manifest says of the raw image in a format.
    func raw(_ format: String) throws -> ReadManifest.RawImage {
      let facts = try #require(images["images"]?[format])
      let image = try facts.decoded(as: OutputManifest.Image.self)
      let size = try #require(image.extractedSize)
      return ReadManifest.RawImage(
        compressionType: try #require(image.compression), sizeInBytes: image.rawSize ?? size,
        diskSizeInBytes: size, digest: try #require(image.extractedDigest))
    }
  }

  /// Verifies outputs whose files may have been changed, with lists and digests that are right.
  ///
  /// - Parameter isRemote: whether the outputs are on a server.
  /// - Returns: what is wrong with a file.
  func findings(_ made: Made, isRemote: Bool, of name: String) async throws -> [OutputFinding] {
    try made.list()
    return try await TemporaryDirectory.with(in: fixture.directory) { scratch in
      guard isRemote else {
        return try await OutputVerification(directory: made.directory, scratch: scratch).run()
          .findings.filter { $0.file == name }
      }
      let lists = scratch.appending("lists")
      try Directories.create(lists)
      let server = try HTTPServer(made.directory)
      return try await OutputVerification(
        directory: lists, scratch: scratch,
        remote: RemoteOutputs(
          server.url, logins: fixture.path("netrc"), .quick(), TransferProgress())
      ).run().findings.filter { $0.file == name }
    }
  }

  /// Compares a file with what the manifest says, as `--verify` does.
  ///
  /// - Returns: the reason why it is refused; nil if it is right.
  func refusal(
    _ container: any RawImageContainer.Type, _ file: FilePath, _ expected: ReadManifest.RawImage
  ) async throws -> String? {
    do {
      try await TemporaryDirectory.with(in: fixture.directory) { scratch in
        try await container.check(file, expected, scratch: scratch)
      }
      return nil
    } catch let mismatch as ExtractedImage.Mismatch {
      return mismatch.description
    }
  }
}

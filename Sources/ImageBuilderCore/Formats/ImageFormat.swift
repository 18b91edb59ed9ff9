import Bindings
import Configuration
import SystemPackage

/// A form in which the disk image of a build is published, beside the compressed image. To add a
/// format, add a type in its own file and a line in `ImageFormats.all`.
protocol ImageFormat: Sendable {
  /// The key in `images` of the manifest.
  static var name: String { get }
  /// The option that selects the format.
  static var option: DeclaredOption<Bool> { get }
  /// The architectures that the format is made for.
  static var architectures: [Architecture] { get }

  /// - Throws: `ConfigurationError`.
  init(_ configuration: Configuration) throws

  /// The programs that make and read the format.
  var tools: [RequiredTool] { get }

  /// The most space that the files of the format take.
  ///
  /// - Parameter dataSizeInBytes: the size of the raw image without its holes.
  func spaceInBytes(dataSizeInBytes: UInt64) -> UInt64

  /// Makes the files of the format from the raw image, under their partial names
  /// (`FormatContext.partial`). The caller gives them their names, checksums and signatures.
  ///
  /// Formats are made at the same time, so none may change the raw image.
  ///
  /// - Returns: one image; more if the format has several keys in the manifest; none if what the
  ///   format is made from does not exist, which the format has said.
  /// - Throws: any error, which ends the build.
  func make(_ context: FormatContext) async throws -> [MadeImage]
}

extension ImageFormat {
  static var architectures: [Architecture] { Architecture.allCases }
  var tools: [RequiredTool] { [] }
  func spaceInBytes(dataSizeInBytes: UInt64) -> UInt64 { dataSizeInBytes }
}

/// A format that contains the raw disk image, byte for byte, perhaps followed by zeros.
protocol RawImageContainer: ImageFormat {
  /// The values of `compression_type` in the manifest.
  static var compressionTypes: [String] { get }
  /// The key in `images` of a file with the second disk; nil if there is no such file.
  static var secondDiskName: String? { get }
  /// Whether `check` writes the raw image to its directory.
  static var isUnpackedToCheck: Bool { get }

  /// The programs that read an image of the format.
  static func tools(toRead image: ReadManifest.RawImage) -> [RequiredTool]

  /// Reads the whole content of a file, and compares it with the expected raw image.
  ///
  /// The file has the right digest and signature, but is not trusted: a container that refers to
  /// anything outside is refused before a program reads it.
  ///
  /// - Parameters:
  ///   - file: an absolute path.
  ///   - scratch: an empty directory.
  /// - Throws: `ExtractedImage.Mismatch` if the content is not as expected; `SparseFile.NoRoom`;
  ///   `Errno`; `LinuxError`; `CommandFailure`.
  static func check(
    _ file: FilePath, _ expected: ReadManifest.RawImage, scratch: FilePath
  ) async throws

  /// Checks the other files of an image, as far as the program writes them itself. Of the files on a
  /// server, those that `RemoteLists` has stored are there.
  ///
  /// - Throws: `ExtractedImage.Mismatch`; `UntrustedFile.Refusal`; `Errno`.
  static func checkOtherFiles(of image: ReadManifest.Image, in directory: FilePath) throws
}

extension RawImageContainer {
  static var secondDiskName: String? { nil }
  static var isUnpackedToCheck: Bool { false }
  static func checkOtherFiles(of image: ReadManifest.Image, in directory: FilePath) throws {}
}

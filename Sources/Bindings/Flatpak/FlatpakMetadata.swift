import CGLib

/// What the file `metadata` of an application, a runtime or an extension says (flatpak-metadata(5)).
public struct FlatpakMetadata: Sendable, Equatable {
  /// A file that is not part of the commit. Whoever installs the ref downloads it from its publisher.
  public struct ExtraData: Sendable, Equatable {
    /// Its file name.
    public let name: String
    /// Where it is downloaded from.
    public let url: String
    /// Its SHA-256 in hexadecimal.
    public let checksum: String
    /// Its size in bytes.
    public let sizeInBytes: UInt64
  }

  /// The runtime that is installed with it, as `NAME/ARCH/BRANCH`: that of an application, and that
  /// of an extension whose extra data is unpacked by a program.
  public let runtime: String?
  /// Its extra data.
  public let extraData: [ExtraData]

  /// Reads the file. What it does not say is nil or empty.
  public init(text: String) {
    guard let file = KeyFile(text: text) else {
      (runtime, extraData) = (nil, [])
      return
    }
    extraData = Self.extraData(in: file)
    let needsNoRuntime = file.isTrue(Self.group, "NoRuntime") || extraData.isEmpty
    runtime =
      file.string("Application", "runtime")
      ?? (needsNoRuntime ? nil : file.string("ExtensionOf", "runtime"))
  }

  init(bytes: OpaquePointer?) {
    var count: gsize = 0
    guard let bytes, let data = g_bytes_get_data(bytes, &count) else {
      self.init(text: "")
      return
    }
    let content = UnsafeRawBufferPointer(start: data, count: Int(count))
    self.init(text: String(decoding: content, as: UTF8.self))
  }

  /// The keys of the first file have no suffix, those of the others `1`, `2` and so on.
  private static func extraData(in file: KeyFile) -> [ExtraData] {
    let suffixes = [""] + (1...255).map(String.init)
    return suffixes.prefix { file.string(group, "uri\($0)") != nil }.compactMap { suffix in
      guard let url = file.string(group, "uri\(suffix)"),
        let checksum = file.string(group, "checksum\(suffix)")
      else { return nil }
      return ExtraData(
        name: file.string(group, "name\(suffix)") ?? String(url.split(separator: "/").last ?? ""),
        url: url, checksum: checksum,
        sizeInBytes: file.string(group, "size\(suffix)").flatMap { UInt64($0) } ?? 0)
    }
  }

  private static let group = "Extra Data"
}

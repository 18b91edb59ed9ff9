import Configuration
import Glibc
import SystemPackage

/// The JSON files that stages and hooks write to EIB_MANIFESTDIR, merged into one object.
struct ManifestFragments {
  private(set) var merged: [String: JSONValue] = [:]
  private var origins: [String: FilePath] = [:]

  /// Reads all regular files below `directory`, in the order of their paths. Names do not matter.
  ///
  /// - Throws: `OutputError.invalidFragment`, `.conflictingFragments`.
  init(in directory: FilePath) throws {
    for name in Directories.files(below: directory) {
      let file = directory.pushing(FilePath(name))
      if FileKind(of: file) == .regular { try add(file) }
    }
  }

  /// Writes `object` as the fragment `NAME.json`.
  ///
  /// - Throws: `LinuxError`, `EncodingError`.
  static func write(_ object: JSONValue, named name: String, _ paths: BuildPaths) throws {
    try Directories.create(paths.manifestDirectory)
    try FileAccess.write(object.text(), to: paths.manifestDirectory.appending("\(name).json"))
  }

  private mutating func add(_ file: FilePath) throws {
    let value: JSONValue
    do {
      let text = try UntrustedFile.text(
        of: file, maximumSizeInBytes: JSONValue.largestFileInBytes)
      value = try JSONValue(parsing: text)
    } catch {
      throw OutputError.invalidFragment(file, reason: JSONValue.reason(error))
    }
    guard case .object(let object) = value else {
      throw OutputError.invalidFragment(file, reason: "its top level is not an object")
    }
    var target = merged
    try merge(object, into: &target, at: "", from: file)
    merged = target
  }

  private mutating func merge(
    _ object: [String: JSONValue], into target: inout [String: JSONValue], at place: String,
    from file: FilePath
  ) throws {
    for (key, value) in object {
      let keyPath = place.isEmpty ? key : "\(place).\(key)"
      switch (target[key], value) {
      case (.object(var nested)?, .object(let addition)):
        try merge(addition, into: &nested, at: keyPath, from: file)
        target[key] = .object(nested)
      case (nil, _):
        target[key] = value
        origins[keyPath] = file
      case (let present?, _) where present == value: continue
      default:
        let first = origins.first { keyPath.hasPrefix($0.key) || $0.key.hasPrefix(keyPath) }
        throw OutputError.conflictingFragments(key: keyPath, first?.value ?? file, file)
      }
    }
  }
}

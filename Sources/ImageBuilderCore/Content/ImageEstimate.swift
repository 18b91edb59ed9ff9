import Configuration

/// The size of an image with Flatpaks, before it is built.
struct ImageEstimate {
  private let treeInBytes: UInt64
  private let appsInBytes: UInt64
  private let freeInBytes: UInt64
  /// `image:max_size`; nil if there is no limit.
  let maximumInBytes: UInt64?

  var sizeInBytes: UInt64 { treeInBytes + appsInBytes + freeInBytes }

  /// Asks the remote of the tree for its size; nil if it does not say it.
  ///
  /// - Throws: `ConfigurationError`.
  init?(_ configuration: Configuration, _ paths: BuildPaths, appsInBytes: UInt64) throws {
    guard let source = try? TreeSource(configuration, paths),
      let tree = try? TreeSize(source, remembered: nil).all
    else { return nil }
    // A deployment adds copies of some files, a filesystem its tables, and a disk its partitions.
    treeInBytes =
      tree.sizeInBytes + tree.sizeInBytes / 8
      + (try configuration.value(Options.image.efiSystemSize) ?? 0)
    self.appsInBytes = appsInBytes
    freeInBytes = try configuration.value(Options.image.extraSpace)
    maximumInBytes = try configuration.value(Options.image.largestSize)
  }

  /// A sentence with the size, what it consists of, and the limit.
  var text: String {
    let limit = maximumInBytes.map { maximum in
      sizeInBytes > maximum
        ? ";\nimage:max_size is \(formattedSize(maximum)), so it is "
          + "\(formattedSize(sizeInBytes - maximum)) too large"
        : ";\nimage:max_size is \(formattedSize(maximum))"
    }
    return
      "The image will have about \(formattedSize(sizeInBytes)): \(formattedSize(treeInBytes)) for the tree "
      + "and the boot\npartitions, \(formattedSize(appsInBytes)) of Flatpaks, "
      + "\(formattedSize(freeInBytes)) of free space\(limit ?? "").\n"
  }
}

import Bindings
import Configuration
import SystemPackage

/// A format that boots the disk image from a medium that is not the disk itself.
protocol LiveFormat: RawImageContainer {
  /// Whether the medium needs GRUB.
  static var needsBootLoader: Bool { get }
}

extension LiveFormat {
  /// A medium has a copy of what `LiveMedia` has.
  func spaceInBytes(dataSizeInBytes: UInt64) -> UInt64 {
    LiveMedia.spaceInBytes(dataSizeInBytes: dataSizeInBytes)
  }
}

/// What all live media of a build are made from.
struct LiveMedia: Sendable {
  /// The kernel, the initramfs and GRUB, at most.
  private static let bootPartsInBytes: UInt64 = 128 << 20

  let system: LiveSystem
  let squash: LiveSquash
  let productName: String
  let personality: String

  /// The most space that the files of this value take. A SquashFS is not larger than its content.
  ///
  /// - Parameter dataSizeInBytes: the size of the raw image without its holes.
  static func spaceInBytes(dataSizeInBytes: UInt64) -> UInt64 {
    dataSizeInBytes + bootPartsInBytes
  }

  /// Nil if no selected format is a live medium.
  ///
  /// - Parameters:
  ///   - root: the deployment, in which the boot menu has not been installed yet.
  ///   - timestamp: the time of everything that is made, in seconds since 1970.
  /// - Throws: `ConfigurationError`; as `LiveSystem.init`.
  static func collect(
    from root: DeploymentRoot, _ plan: DiskPlan, timestamp: UInt64, _ context: StageContext
  ) throws -> LiveMedia? {
    let (configuration, paths) = (context.configuration, context.paths)
    let formats = try ImageFormats.selected(by: configuration).compactMap {
      type(of: $0) as? any LiveFormat.Type
    }
    guard !formats.isEmpty else { return nil }
    if plan.hasSecureBoot {
      context.say(
        "warning: \(Options.image.hasSecureBoot.name) is true, but live media do not start with "
          + "Secure Boot: " + formats.map { "\($0.option.name)" }.joined(separator: ", "))
    }
    let product = try configuration.value(Options.build.product)
    let personality = try configuration.value(Options.build.personality)
    let prefix = "\(product)_"
    let system = try LiveSystem(
      of: root, sysroot: paths.sysroot,
      BootMenu(root: root, sysroot: paths.sysroot, say: context.say).defaultEntry(), plan,
      for: formats, to: paths.temporaryDirectory.appending("live"))
    return LiveMedia(
      system: system,
      squash: LiveSquash(
        of: paths.rawImage, in: system.directory,
        level: try configuration.value(Options.live.compressionLevel), timestamp: timestamp),
      productName: try configuration.value(Options.image.productName),
      personality: personality.hasPrefix(prefix)
        ? String(personality.dropFirst(prefix.count)) : personality)
  }

  /// The title of menus: that of the product.
  func menu() -> LiveMenu {
    LiveMenu(product: productName, arguments: system.arguments)
  }

  /// The files beside the SquashFS. Waits until the compressed image has been made.
  ///
  /// - Throws: what the compressed image throws; `OpenPGPError`; `LinuxError`.
  func files(_ context: FormatContext) async throws -> LiveFiles {
    let raw = try await context.rawImage()
    guard let signer = context.signer else {
      return LiveFiles(raw: raw, signature: nil, keyringBytes: nil)
    }
    let keyring = try await TemporaryDirectory.with(in: "/tmp") { scratch in
      try await TrustedSigners.with(signer.publicKeys(scratch)) { try $0?.keyring() ?? [] }
    }
    return LiveFiles(
      raw: raw, signature: context.stage.paths.output("img.asc"), keyringBytes: keyring)
  }
}

extension FormatContext {
  /// What live media are made from. It exists if a live medium is selected.
  func liveMedia() -> LiveMedia {
    guard let live else { preconditionFailure("the image stage collects what live media need") }
    return live
  }
}

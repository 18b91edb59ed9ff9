/// `[iso]`: the ISO image.
package struct ISOOptions: OptionSection {
  let name: ExactName = "iso"
  let firstStage: Stage? = .image

  package let largestSize = DeclaredOption<UInt64?>("iso", "max_size", default: "")
  /// GRUB and the initramfs find the medium by it.
  package let label = DeclaredOption<String>(
    "iso", "label", default: "", type: .regex("([A-Za-z0-9_][A-Za-z0-9_-]{0,31})?"))
}

/// `[live]`: the SquashFS of the ISO image and of the netboot files.
package struct LiveOptions: OptionSection {
  let name: ExactName = "live"
  let firstStage: Stage? = .image

  package let compressionLevel = DeclaredOption<Int>(
    "live", "compression_level", default: 15, atLeast: 1, atMost: 22)
}

/// `[image]`: the properties of the disk image.
package struct ImageOptions: OptionSection {
  let name: ExactName = "image"
  let firstStage: Stage? = .image

  package let productName = DeclaredOption<String>(
    "image", "product_name", default: "${build:product}")
  package let hooks = HookGroupOptions(.image)
  package let kernelArguments = DeclaredOption<[String]>(
    "image", "kernel_args",
    kernelArguments: [
      "rw", "splash", "plymouth.ignore-serial-consoles", "quiet", "loglevel=0",
      "systemd.firstboot=no",
    ])
  package let compression = DeclaredOption<Compression>("image", "compression", default: .zst)
  package let makesQCOW2 = DeclaredOption<Bool>("image", "qcow2", default: false)
  package let qcow2ExtraSize = DeclaredOption<UInt64>(
    "image", "qcow2_extra_size", default: "10G", atMost: DiskSize.mostExtraInBytes)
  package let makesVHD = DeclaredOption<Bool>("image", "vhd", default: false)
  package let makesGCE = DeclaredOption<Bool>("image", "gce", default: false)
  package let makesBootArchive = DeclaredOption<Bool>("image", "boot_zip", default: false)
  package let makesOVF = DeclaredOption<Bool>("image", "vm_image", default: false)
  package let makesISO = DeclaredOption<Bool>("image", "iso", default: false)
  package let makesNetboot = DeclaredOption<Bool>("image", "netboot", default: false)
  package let hasSecondDisk = DeclaredOption<Bool>(
    "image", "second_disk", default: false, formerName: "split")
  package let hasSecureBoot = DeclaredOption<Bool>("image", "secure_boot", default: false)
  package let partitionTable = DeclaredOption<PartitionTableKind>(
    "image", "partition_table", default: .gpt)
  package let firmware = DeclaredOption<[Firmware]>(
    "image", "firmware", default: "uefi bios", mayBeEmpty: false)
  package let efiSystemSize = DeclaredOption<UInt64?>("image", "esp_size", default: "62M")
  package let isRootGrown = DeclaredOption<Bool>("image", "rootfs_resize", default: true)
  package let largestSize = DeclaredOption<UInt64?>("image", "max_size", default: "")
  package let extraSpace = DeclaredOption<UInt64>(
    "image", "extra_space", default: "1G", atMost: DiskSize.mostExtraInBytes)
  package let hasUniqueIdentifiers = DeclaredOption<Bool>("image", "unique_ids", default: false)
  package let isUsrWritable = DeclaredOption<Bool>("image", "usr_writable", default: false)
  package let hasChrootNetwork = DeclaredOption<Bool>("image", "chroot_network", default: false)
  package let forbiddenFiles = DeclaredOption<[ForbiddenFileKind]>(
    "image", "forbid", default: "", mayBeEmpty: true)
  package let signingKeyID = DeclaredOption<String>("image", "signing_keyid", default: "")
  package let signingKeyValidity = DeclaredOption<Duration?>(
    "image", "signing_key_min_validity", limit: "24h")
  package let signingCommand = DeclaredOption<CommandTemplate?>(
    "image", "signing_command", default: "")
  package let signingTimeout = DeclaredOption<Duration?>(
    "image", "signing_timeout", limit: "10m")
  package let signingPublicKeys = DeclaredOption<[String]>(
    "image", "signing_public_keys", default: "", rule: .type(.paths), effect: .onPlaces)
}

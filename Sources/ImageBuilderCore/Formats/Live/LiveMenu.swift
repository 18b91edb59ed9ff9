import Configuration

/// The menus of live media: that of GRUB on an ISO, and the script of iPXE.
struct LiveMenu {
  /// The root filesystem that the initramfs makes.
  private static let root = "root=/dev/mapper/live-root"

  /// The name of the product.
  let product: String
  /// The arguments of the boot loader entry, without `root=`.
  let arguments: [String]

  /// The arguments that the live system boots with.
  ///
  /// - Parameters:
  ///   - arguments: those of the boot loader entry, without `root=`.
  ///   - medium: those by which the initramfs finds its medium.
  static func arguments(_ arguments: [String], medium: String...) -> [String] {
    [root] + arguments + medium
  }

  /// /boot/grub/grub.cfg of the medium with the volume label `label`.
  func grub(label: String) -> String {
    let own = Self.arguments(arguments, medium: "live.label=\(label)").map {
      GRUBScript.escaped(KernelArguments.unquoted($0))
    }
    func entry(_ title: String, _ more: [String] = []) -> String {
      """
      menuentry \(GRUBScript.escaped(title)) {
        linux /boot/vmlinuz \((own + more).joined(separator: " "))
        initrd /boot/initramfs.img /boot/live.img
      }

      """
    }
    return """
      if serial --unit=0 --speed=115200; then
        terminal_input console serial
        terminal_output console serial
      fi
      set default=0
      set timeout=5

      """ + entry("Try \(product)")
        + entry("Install \(product) to a disk", ["live.install"])
  }

  /// /boot/grub/grub.cfg of the EFI system partition of a medium: that of the medium itself.
  static func grubOfEFISystem(label: String) -> String {
    """
    search --no-floppy --label \(label) --set root
    set prefix=($root)/boot/grub
    configfile $prefix/grub.cfg

    """
  }

  /// A script of iPXE. The files are in the directory of the script.
  ///
  /// - Parameter arguments: those of the kernel, none with a `problem`.
  static func ipxe(kernel: String, initramfs: [String], arguments: [String]) -> String {
    // Kernels that UEFI starts find their files by these arguments.
    let names = initramfs.indices.map { "part\($0).img" }
    let line = (names.map { "initrd=\($0)" } + arguments).joined(separator: " ")
    let parts = zip(names, initramfs).map { "initrd --name \($0) \($1)\n" }.joined()
    return """
      #!ipxe
      kernel \(kernel) \(line) ${live-arguments}
      \(parts)boot

      """
  }
}

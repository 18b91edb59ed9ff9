/// A board, and what an image for it has in addition to that of its architecture. Its name is that of
/// the platform. A new board is a new value here, and a file in `config/platform`.
package struct Board: Sendable, Equatable {
  /// A file of the EFI system partition.
  package enum File: Sendable, Equatable {
    /// A file of the tree, or all files that a path with patterns matches. The name is that in the
    /// tree if none is given. The Debian package is for messages.
    case tree(String, name: String? = nil, package: String)
    /// A text under a name.
    case text(String, name: String)
  }

  /// A file of the tree that the board's ROM reads from fixed sectors.
  package struct Loader: Sendable, Equatable {
    package let path: String
    package let package: String
    package let sector: UInt64
  }

  package let name: String
  package let arch: Architecture
  /// The first sector of the first partition.
  package var firstPartitionStart: UInt64 = 2048
  /// The type of the EFI system partition in a dos partition table, as sfdisk(8) writes it.
  package var efiSystemType = "ef"
  package var efiSystemFAT = FAT.fat16
  package var files: [File] = []
  package var loaders: [Loader] = []

  package static let all = [raspberryPi, pinebookPro]

  /// Platforms of EIB whose boot code is not supported.
  static let unsupported = ["rpi_payg"]

  /// Returns the board that a platform is; nil if it is none.
  package static func named(_ platform: String) -> Board? {
    all.first { $0.name == platform }
  }

  /// The kind of the EFI system partition of a board, or of machines that are none.
  package static func efiSystemFAT(of board: Board?) -> FAT { board?.efiSystemFAT ?? .fat16 }

  /// Raspberry Pi 3 and 4. The ROM of the Pi 3 starts `bootcode.bin` from the first partition of a dos
  /// table if its type is that of a FAT filesystem, not `ef` (raspberrypi/firmware issue 1711), and some
  /// ROMs need FAT32 (issue 1738). With `upstream_kernel`, the firmware takes the device trees by the
  /// names that they have in Linux.
  private static let raspberryPi = Board(
    name: "rpi", arch: .arm64, efiSystemType: "c", efiSystemFAT: .fat32,
    files: [
      .tree("usr/lib/raspi-firmware/*", package: "raspi-firmware"),
      .tree("usr/lib/linux-image-*/broadcom/bcm2*-rpi-*.dtb", package: "linux-image-arm64"),
      .tree(
        "usr/lib/u-boot/rpi_arm64/u-boot.bin", name: "kernel8.img", package: "u-boot-rpi"),
      .text(
        "arm_64bit=1\nenable_uart=1\nupstream_kernel=1\nkernel=kernel8.img\n", name: "config.txt"),
    ])

  /// The sectors are those of the RK3399's ROM and of U-Boot's first stage (U-Boot,
  /// doc/board/rockchip/rockchip.rst).
  private static let pinebookPro = Board(
    name: "pinebookpro", arch: .arm64, firstPartitionStart: 32768,
    loaders: [
      Loader(
        path: "usr/lib/u-boot/pinebook-pro-rk3399/idbloader.img", package: "u-boot-rockchip",
        sector: 64),
      Loader(
        path: "usr/lib/u-boot/pinebook-pro-rk3399/u-boot.itb", package: "u-boot-rockchip",
        sector: 16384),
    ])
}

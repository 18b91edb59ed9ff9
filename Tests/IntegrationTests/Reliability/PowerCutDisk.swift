import Foundation
import SystemPackage
import TestSupport

/// A disk whose power can be cut: an ext4 filesystem on a loop device, whose backing file a btrfs
/// filesystem copies in an instant.
///
/// The copy holds the blocks that the disk had been given by then, and none that were still in
/// memory. Blocks that are torn in themselves, or that a disk took and lost, do not occur.
final class PowerCutDisk {
  private let fixture: Fixture
  private var disk: FilePath { fixture.path("volume/disk.img") }
  private var copy: FilePath { fixture.path("volume/copy.img") }

  init(_ fixture: Fixture) throws {
    self.fixture = fixture
    let image = fixture.path("volume.img")
    let volume = try fixture.makeDirectory("volume")
    try Shell.run(
      """
      truncate -s 2G '\(image)'; mkfs.btrfs --quiet '\(image)' >/dev/null
      mount -o loop '\(image)' '\(volume)'
      """)
    let directory = fixture.directory
    fixture.atEnd {
      _ = try? Shell.run("cd '\(directory)'; umount -q disk after volume || true")
    }
  }

  /// Makes the disk anew, with the content of `seed` on it, and mounts it.
  func insert(with seed: FilePath, at directory: FilePath) throws {
    try Shell.run(
      """
      rm -f '\(disk)'; truncate -s 400M '\(disk)'; mke2fs -q -t ext4 '\(disk)'
      mount -o loop,commit=1 '\(disk)' '\(directory)'
      cp -a '\(seed)/.' '\(directory)'; sync --file-system '\(directory)'
      """)
  }

  /// Cuts the power: what the disk holds at this instant is what it will hold.
  func cut() throws {
    try Shell.run("cp --reflink=always '\(disk)' '\(copy)'")
  }

  /// Takes the disk away and mounts what it held when the power was cut.
  ///
  /// - Returns: what e2fsck finds when the journal was replayed; empty when all is in order.
  func restart(from old: FilePath, at new: FilePath) throws -> String {
    try Shell.run("umount '\(old)'; mount -o loop '\(copy)' '\(new)'; umount '\(new)'")
    let check = try Shell.start("/sbin/e2fsck", ["-fn", copy.string])
    // libostree goes on with staged objects of the running system only, which it tells by this name.
    try Shell.run(
      """
      mount -o loop '\(copy)' '\(new)'
      for staged in '\(new)'/cache/ostree/*/tmp/staging-*; do
        [ ! -e "$staged" ] || mv "$staged" "${staged/staging-????????/staging-00000000}"
      done
      """)
    return check.status == 0 ? "" : check.output
  }

  func remove(_ directory: FilePath) throws {
    try Shell.run("umount '\(directory)'")
  }
}

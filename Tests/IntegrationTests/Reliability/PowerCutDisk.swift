import Foundation
import SystemPackage
import TestSupport

/// A disk that can lose power: an ext4 filesystem on a loop device, whose backing file is on btrfs
/// and can be copied instantly.
///
/// The copy contains the blocks that were written to the disk, but not those that were only in
/// memory. Torn blocks, and blocks that a disk acknowledged and lost, are not simulated.
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

  /// Makes a new disk with the content of `seed`, and mounts it.
  func insert(with seed: FilePath, at directory: FilePath) throws {
    try Shell.run(
      """
      rm -f '\(disk)'; truncate -s 400M '\(disk)'; mke2fs -q -t ext4 '\(disk)'
      mount -o loop,commit=1 '\(disk)' '\(directory)'
      cp -a '\(seed)/.' '\(directory)'; sync --file-system '\(directory)'
      """)
  }

  /// Cuts the power: keeps the content of the disk at this moment.
  func cut() throws {
    try Shell.run("cp --reflink=always '\(disk)' '\(copy)'")
  }

  /// Unmounts the disk, and mounts it with its content at the power cut.
  ///
  /// - Returns: the output of e2fsck after the journal is replayed; empty if there are no errors.
  func restart(from old: FilePath, at new: FilePath) throws -> String {
    try Shell.run("umount '\(old)'; mount -o loop '\(copy)' '\(new)'; umount '\(new)'")
    let check = try Shell.start("/sbin/e2fsck", ["-fn", copy.string])
    // libostree reuses staged objects of the current boot only. The name contains the boot ID.
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

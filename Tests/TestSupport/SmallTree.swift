import Foundation
import SystemPackage

/// A tree that OSTree can deploy and in which chroot hooks can run: bash, coreutils and their
/// libraries from the host, and a file in place of a kernel. It does not boot.
package enum SmallTree {
  /// The programs that the hooks of tests may use.
  private static let programs = [
    "base64", "bash", "cat", "chmod", "chroot", "cp", "date", "env", "id", "ls", "mkdir", "mkfifo",
    "mktemp",
    "mv",
    "readlink", "rm", "sleep", "sort", "stat", "touch", "true", "uname", "wc",
  ]

  package static func make(_ fixture: Fixture, _ name: String = "tree") throws -> FilePath {
    let root = fixture.path(name)
    try Shell.run(
      """
      root='\(root)'
      mkdir -p "$root"/usr/{bin,lib,lib64,share,etc,lib/modules/1.0-test,lib/tmpfiles.d,lib/grub/conf}
      ln -s usr/bin "$root/bin"; ln -s usr/bin "$root/sbin"; ln -s usr/lib "$root/lib"
      ln -s usr/lib64 "$root/lib64"; ln -s bash "$root/usr/bin/sh"; ln -s bin "$root/usr/sbin"
      mkdir -p "$root"/{var,dev,proc,sys,run,sysroot,boot,tmp}; chmod 1777 "$root/tmp"
      ln -s sysroot/ostree "$root/ostree"; ln -s ../var/usrlocal "$root/usr/local"
      ln -s var/home "$root/home"; ln -s var/roothome "$root/root"
      for program in \(programs.joined(separator: " ")); do
        file=$(readlink -f "$(type -P "$program")")
        cp "$file" "$root/usr/bin/$program"
        { ldd "$file" || true; } | awk '/=> \\// { print $3 } /^\\t\\// { print $1 }' |
          while read -r library; do
            install -D "$(readlink -f "$library")" "$root/usr${library#/usr}"
          done
      done
      echo 'not flatpak' > "$root/usr/bin/flatpak"; mkdir -p "$root/usr/share/flatpak/triggers"
      printf '#!/bin/sh\ntouch "$1/triggered"\n' > "$root/usr/share/flatpak/triggers/test.trigger"
      chmod 755 "$root/usr/bin/flatpak" "$root/usr/share/flatpak/triggers/test.trigger"
      echo 'a kernel' > "$root/usr/lib/modules/1.0-test/vmlinuz"
      echo 'an initramfs' > "$root/usr/lib/modules/1.0-test/initramfs.img"
      printf 'NAME=Test\\nID=test\\nVERSION_ID=1\\nPRETTY_NAME="Test 1"\\n' > "$root/usr/lib/os-release"
      ln -s ../usr/lib/os-release "$root/usr/etc/os-release"
      printf 'root:x:0:0:root:/root:/bin/bash\\n' > "$root/usr/etc/passwd"
      printf 'root:x:0:\\n' > "$root/usr/etc/group"
      printf 'root:*:19000:0:99999:7:::\\n' > "$root/usr/etc/shadow"; chmod 640 "$root/usr/etc/shadow"
      echo 'tree resolver' > "$root/usr/etc/resolv.conf"
      echo 'set timeout=1' > "$root/usr/lib/grub/conf/grub.cfg"
      """)
    return root
  }
}

#!/bin/bash
# dracut module: boots the disk image on a live medium, or installs it (docs/formats.md).
# shellcheck disable=SC2154 # dracut sets moddir, systemdsystemunitdir and initdir

check() {
  # Only when it is asked for.
  return 255
}

depends() {
  echo dm systemd-initrd
}

installkernel() {
  hostonly='' instmods dm-snapshot isofs loop overlay squashfs sr_mod uas usb-storage
}

install() {
  local program unit
  inst_multiple bash blkid cat dd dmsetup findmnt gpgv losetup mkdir mkfifo modprobe mount \
    readlink rm sha256sum sleep stat systemctl tee truncate udevadm
  for program in live-image live-install medium.sh; do
    inst_script "$moddir/$program" "/usr/lib/live-image/$program"
  done
  for unit in live-image.service live-install.service live-install.target; do
    inst_simple "$moddir/$unit" "$systemdsystemunitdir/$unit"
  done
  systemctl --quiet --root "$initdir" add-wants initrd.target live-image.service
}

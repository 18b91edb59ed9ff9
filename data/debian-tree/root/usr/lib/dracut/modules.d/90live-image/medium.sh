# shellcheck shell=bash
# mount_medium: mounts the medium with the label of the kernel argument live.label, or takes the
# initramfs for it (live.memory), and the SquashFS on it. Sets `medium`, the directory of the medium,
# `label`, and `image`, the disk image. The function `die` is that of the program.
mount_medium() {
  local tries=0 is_in_memory='' argument arguments
  label=''
  read -r -d '' -a arguments < /proc/cmdline || true
  for argument in "${arguments[@]}"; do
    case $argument in
      live.label=*) label=${argument#*=} ;;
      live.memory) is_in_memory=yes ;;
    esac
  done
  modprobe -a loop squashfs isofs dm-snapshot || true
  if [ -n "$is_in_memory" ]; then
    medium=
  else
    [ -n "$label" ] || die "the kernel argument live.label=LABEL is missing"
    medium=/run/live/medium
    mkdir -p "$medium"
    until [ -e "/dev/disk/by-label/$label" ]; do
      tries=$((tries + 1))
      [ "$tries" -le 120 ] || die "no medium with the label $label appeared within 60 s"
      sleep 0.5
    done
    mount -t iso9660 -o ro "/dev/disk/by-label/$label" "$medium" ||
      die "the medium with the label $label cannot be mounted"
  fi
  [ -f "$medium/endless/endless.squash" ] || die "there is no $medium/endless/endless.squash"
  mkdir -p /run/live/squash
  mount -t squashfs -o ro,loop "$medium/endless/endless.squash" /run/live/squash ||
    die "$medium/endless/endless.squash is damaged or of a kind that this kernel cannot read"
  image=/run/live/squash/endless.img
  [ -f "$image" ] || die "there is no endless.img in $medium/endless/endless.squash"
}

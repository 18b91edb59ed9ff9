# shellcheck shell=bash
# The hook library. Sourced before every bash hook; names and behaviour are those of the
# Endless Image Builder, so that its hooks run unchanged.

shopt -s nullglob extglob
# ERR traps reach into functions and subshells.
set -E

# The file's name alone: a trace prefix must not expand anything a configuration can set. A hook that
# sources the library again keeps the prefix that the builder has set.
[ "$PS4" != '+ ' ] || export PS4='+ ${BASH_SOURCE[0]##*/}:${LINENO}: '

# The targets of eib_mount, oldest first. Sourcing the library again keeps them.
[ -v EIB_MOUNTS ] || declare -ga EIB_MOUNTS=()

# chroot ROOT [COMMAND...]: runs COMMAND inside ROOT as a chroot hook runs, with its environment.
chroot() {
  "${EIB_HELPERSDIR}/eib-chroot" "$@"
}

# eib_outfile EXTENSION: prints the path of an output file.
eib_outfile() {
  printf '%s\n' "${EIB_OUTDIR}/${EIB_OUTVERSION}.$1"
}

# eib_write_version_xattr DIRECTORY: marks the root of a filesystem with the image's name.
eib_write_version_xattr() {
  setfattr -n user.eos-image-version -v "${EIB_OUTVERSION}" "$1"
}

# recreate_dir DIRECTORY: leaves it empty.
recreate_dir() {
  rm -rf -- "$1"
  mkdir -p -- "$1"
}

# locale_to_iso_639_1 LOCALE: prints br-FR for br_FR.iso885915@euro.
locale_to_iso_639_1() {
  local name=${1%%@*}
  name=${name%%.*}
  printf '%s\n' "${name/_/-}"
}

# eib_retry COMMAND...: tries COMMAND EIB_RETRY_ATTEMPTS times (10), EIB_RETRY_INTERVAL
# seconds (1) apart.
eib_retry() {
  local attempt limit=${EIB_RETRY_ATTEMPTS:-10}
  if [ $# -eq 0 ]; then
    echo 'error: No command supplied to eib_retry' >&2
    return 1
  fi
  for ((attempt = 1; attempt <= limit; attempt++)); do
    if "$@"; then
      return 0
    fi
    if ((attempt < limit)); then
      echo "$* failed; retrying..." >&2
      sleep "${EIB_RETRY_INTERVAL:-1}"
    fi
  done
  echo "$* failed ${limit} times; giving up" >&2
  return 1
}

# eib_mount ARGUMENT...: mount(8), with its target, the last argument, created and remembered.
eib_mount() {
  if [ $# -lt 2 ]; then
    echo 'At least 2 arguments needed to eib_mount' >&2
    return 1
  fi
  mkdir -p -- "${!#}" || return
  mount "$@" || return
  EIB_MOUNTS+=("${!#}")
}

# eib_umount TARGET: unmounts what eib_mount mounted there.
eib_umount() {
  local target=${1:?No mount target supplied to eib_umount} index
  for ((index = ${#EIB_MOUNTS[@]} - 1; index >= 0; index--)); do
    if [ "${EIB_MOUNTS[index]}" = "$target" ]; then
      umount "$target" || return
      EIB_MOUNTS=("${EIB_MOUNTS[@]:0:index}" "${EIB_MOUNTS[@]:index+1}")
      return 0
    fi
  done
  echo "Mount point ${target} not tracked in: ${EIB_MOUNTS[*]}" >&2
  return 1
}

# eib_umount_all: unmounts everything that eib_mount mounted, newest first.
eib_umount_all() {
  while ((${#EIB_MOUNTS[@]} > 0)); do
    eib_umount "${EIB_MOUNTS[-1]}" || return
  done
}

# eib_udevadm_settle: waits for device events where a udev daemon runs; never fails.
eib_udevadm_settle() {
  if [ ! -e /run/udev/control ]; then
    echo '/run/udev/control does not exist: not waiting for device events' >&2
    return 0
  fi
  SYSTEMD_IGNORE_CHROOT=1 eib_retry udevadm settle || return 0
}

# eib_partx_scan DEVICE, eib_partx_delete DEVICE, eib_delete_loop DEVICE: as their names say,
# again while the device is busy.
eib_partx_scan() {
  eib_udevadm_settle
  eib_retry partx -a -v "$1"
}

eib_partx_delete() {
  eib_udevadm_settle
  eib_retry partx -d -v "$1"
}

eib_delete_loop() {
  eib_udevadm_settle
  eib_retry losetup -d "$1"
}

# The id of a name in the deployment's lib/FILE, else in its etc/FILE; nothing for a name that is in
# neither.
eib_deployment_id() {
  local file
  local -a files=()
  for file in "${OSTREE_DEPLOYMENT}"/{lib,etc}/"$1"; do
    [ ! -f "$file" ] || files+=("$file")
  done
  [ "${#files[@]}" -eq 0 ] ||
    awk -F: -v name="$2" '$1 == name { print $3; exit }' "${files[@]}"
}

# ostree_uid USER, ostree_gid GROUP: print the id it has in the deployment; nothing, with success, if
# it has none.
ostree_uid() { eib_deployment_id passwd "$1"; }
ostree_gid() { eib_deployment_id group "$1"; }

# eib_fix_boot_checksum DISK DEPLOYMENT: corrects the checksum in the boot code of an Amlogic board,
# with the deployment's own program. Does nothing for trees without it.
eib_fix_boot_checksum() {
  local disk=${1:?No disk supplied to eib_fix_boot_checksum}
  local program=${2:?No deployment supplied to eib_fix_boot_checksum}
  program+=/usr/sbin/amlogic-fix-spl-checksum
  [ ! -x "$program" ] || "$program" "$disk"
}

# ostree_write_refs REPOSITORY SOURCE TARGET: gives the local ref TARGET the commit of SOURCE.
ostree_write_refs() {
  local heads=${1:?No ostree repo supplied to ostree_write_refs}/refs/heads
  local source=${2:?No ostree source ref supplied to ostree_write_refs}
  local target=${3:?No ostree dest ref supplied to ostree_write_refs}
  mkdir -p -- "$(dirname -- "$heads/$target")" || return
  cp -f -- "$heads/$source" "$heads/$target"
}

# checksum_file FILE [OUTPUT [NAME]]: writes 'DIGEST  NAME', which sha256sum --check reads, to
# FILE.sha256. NAME is that of FILE.
checksum_file() {
  local file=${1:?No file supplied to checksum_file}
  local output=${2:-$file.sha256} name=${3:-${file##*/}} digest
  digest=$(sha256sum <"$file") || return
  printf '%s  %s\n' "${digest%% *}" "$name" >"$output.part" || return
  mv -f -- "$output.part" "$output"
}

# sign_file FILE [OUTPUT]: with image:signing_keyid or image:signing_command set, writes an armoured
# detached signature to FILE.asc in place of what is there.
sign_file() {
  local file=${1:?No file supplied to sign_file}
  local output=${2:-$file.asc} home status=0
  if [ -n "${EIB_IMAGE_SIGNING_COMMAND:-}" ]; then
    "$EIB_PROGRAM" sign-file "$file" "$output"
    return
  fi
  [ -n "${EIB_IMAGE_SIGNING_KEYID:-}" ] || return 0
  if [ ! -d "${EIB_SYSCONFDIR}/gnupg" ]; then
    echo "${EIB_SYSCONFDIR}/gnupg: no such folder, so image:signing_keyid" \
      "${EIB_IMAGE_SIGNING_KEYID} cannot sign; make it a GnuPG home with that key" >&2
    return 1
  fi
  # gpg writes to its home, whose path its agent's socket also limits to some 100 characters.
  home=$(TMPDIR=/tmp mktemp -d) || return
  eib_sign_in "$home" "$file" "$output" || status=$?
  gpgconf --homedir "$home" --kill all || true
  rm -rf -- "$home" "$output.part"
  [ "$status" -eq 0 ] || echo "$file: not signed (status $status); see gpg's lines above" >&2
  return "$status"
}

eib_sign_in() {
  cp -a -- "${EIB_SYSCONFDIR}/gnupg/." "$1" || return
  rm -f -- "$1"/S.* "$1"/*.lock "$1"/.#lk* || return
  chmod 700 "$1" || return
  gpg --homedir "$1" --batch --yes --no-tty --quiet --armour \
    --local-user "${EIB_IMAGE_SIGNING_KEYID}" --output "$3.part" --detach-sign "$2" || return
  mv -f -- "$3.part" "$3"
}

# eib_compress_image FILE OUTPUT: compresses as image:compression says.
eib_compress_image() {
  local -a command
  case "${EIB_IMAGE_COMPRESSION:-}" in
    gz) command=(gzip -n) && if type -P pigz >/dev/null; then command=(pigz -n); fi ;;
    xz) command=(xz -T0 -M1GiB -4) ;;
    zst) command=(zstd -q -T0) ;;
    *)
      echo "Unrecognized image compression '${EIB_IMAGE_COMPRESSION:-}'" \
        "(image:compression is gz, xz or zst)" >&2
      return 1
      ;;
  esac
  if ! "${command[@]}" -c "$1" >"$2.part"; then
    rm -f -- "$2.part"
    return 1
  fi
  mv -f -- "$2.part" "$2"
}

# The path of hook $2 of group $1: that of the last LOCALDIR that has it, else the checkout's.
eib_find_hook() {
  local folder
  local -a folders=()
  IFS=: read -ra folders <<<"${EIB_LOCALDIRS:-${EIB_LOCALDIR:-}}"
  folders=("${folders[@]/%//hooks}" "${EIB_HOOKSDIR:-${EIB_SRCDIR}/hooks}")
  for folder in "${folders[@]}"; do
    if [ -f "$folder/$1/$2" ]; then
      printf '%s\n' "$folder/$1/$2"
      return 0
    fi
  done
  echo "Missing hook $2 of $1:hooks not found in ${folders[*]/%//$1}" >&2
  return 1
}

# run_hooks GROUP [ROOT]: runs the hooks of GROUP as the builder does, those named .chroot
# inside ROOT.
run_hooks() {
  local group=$1 root=${2:-} variable hook path
  local -x EIB_HOOK_GROUP=$group
  local -a hooks paths=()
  variable=EIB_${group^^}_HOOKS
  variable=${variable//[^A-Z0-9_]/_}
  echo "Running $group hooks"
  mapfile -t hooks < <(tr -s ' \t\n' '\n' <<<"${!variable:-}" | sed '/^$/d' | LC_ALL=C sort)
  for hook in "${hooks[@]}"; do
    path=$(eib_find_hook "$group" "$hook") || return
    paths+=("$path")
  done
  for path in "${paths[@]}"; do
    eib_run_hook "$path" "$root"
    # Not `|| return`, which would switch off errexit inside the hook.
    # shellcheck disable=SC2181
    [ $? -eq 0 ] || return
  done
}

eib_run_hook() {
  local path=$1 root=$2 hook=${1##*/}
  local -a interpreter=()
  if [ "${hook%.chroot}" = "$hook" ]; then
    echo "Run hook: $hook"
    (
      cd -- "${EIB_SRCDIR}"
      umask 022
      exec </dev/null
      if [ -x "$path" ]; then exec "$path"; fi
      { set +x; } 2>/dev/null
      # shellcheck source=../helpers/hook-shell
      . "${EIB_HELPERSDIR}/hook-shell"
      set -exE
      # shellcheck source=/dev/null
      . "$path"
    )
  elif [ -z "$root" ]; then
    echo "Skipping hook, no chroot available: $hook"
  else
    echo "Run hook in chroot: $hook"
    # When bash runs as root, it ignores PS4 in its environment.
    [ -x "$path" ] ||
      interpreter=(bash -c "PS4=${PS4@Q}; . /tmp/.hook-shell; set -ex; . \"\$0\"")
    mkdir -p -- "$root/tmp" && cp -- "$path" "$root/tmp/$hook" || return
    cp -- "${EIB_HELPERSDIR}/hook-shell" "$root/tmp/.hook-shell" || return
    (umask 022 && chroot "$root" "${interpreter[@]}" "/tmp/$hook" </dev/null) || return
    rm -f -- "$root/tmp/$hook" "$root/tmp/.hook-shell"
  fi
}

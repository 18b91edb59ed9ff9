/// The options that the program itself reads, with the values they have when no file sets them.
///
/// `config/defaults.ini` repeats and documents them. Merged ones carry the suffix that a bare
/// `_add` in a defaults.ini gets, so that such a file replaces them.
enum BuiltInDefaults {
  typealias Section = (name: String, options: [(name: String, value: String)])

  static let sections: [Section] = [build, ostree, image, bootTest, publish, cache] + hookGroups

  private static let build: Section = (
    "build",
    [
      ("datadir", "${srcdir}/data"),
      ("helpersdir", "${srcdir}/helpers"),
      (
        "tmpdir", "${cachedir}/build/${product}-${branch}-${arch}-${platform}-${personality}"
      ),
      ("contentdir", "${cachedir}/content"),
      ("outdir", "${tmpdir}/out"),
      ("manifestdir", "${tmpdir}/manifest"),
      ("baselib", "${srcdir}/lib/eib.sh"),
      ("tmpconfig", "${tmpdir}/config.ini"),
      ("tmpfullconfig", "${tmpdir}/fullconfig.ini"),
      ("ssh_options", "-i ${sysconfdir}/ssh-key.pem -o StrictHostKeyChecking=yes"),
      ("outversion", "${product}-${branch}-${arch}-${platform}.${build_version}.${personality}"),
      ("stage_timeout", "24h"),
    ]
  )

  private static let ostree: Section = (
    "ostree",
    [
      ("os", "eos"),
      ("remote", "eos"),
      ("repo", "eos-${build:arch}"),
      ("ref", "os/${build:product}/${build:platform}/${build:branch}"),
      ("ref_deploy", "os/${build:product}/${build:platform}/${build:series}"),
      ("url", ""),
      ("prod_url", ""),
      ("deploy_url", "${prod_url}"),
      ("repodir", "${build:cachedir}/ostree/${repo}"),
      ("checkout", "${build:tmpdir}/ostree-co"),
      ("trusted_keys", ""),
      ("allow_downgrade", "false"),
      ("max_object_size", "4G"),
      ("hooks_add_defaults", ""),
      ("hook_timeout", "6h"),
      ("stall_timeout", "5m"),
    ]
  )

  private static let image: Section = (
    "image",
    [
      ("product_name", "${build:product}"),
      ("hooks_add_defaults", ""),
      ("hook_timeout", "6h"),
      (
        "kernel_args_add_defaults",
        "rw\nsplash\nplymouth.ignore-serial-consoles\nquiet\nloglevel=0\nsystemd.firstboot=no"
      ),
      ("compression", "zst"),
      ("partition_table", "gpt"),
      ("firmware", "uefi bios"),
      ("rootfs_resize", "true"),
      ("max_size", ""),
      ("extra_space", "1G"),
      ("unique_ids", "false"),
      ("usr_writable", "false"),
      ("chroot_network", "false"),
      ("forbid", ""),
      ("signing_keyid", ""),
      ("signing_public_keys", ""),
    ]
  )

  private static let bootTest: Section = (
    "boot_test",
    [
      ("enable", "false"), ("firmware", "${image:firmware}"), ("timeout", "300s"), ("memory", "2G"),
      ("success_pattern", ""),
    ]
  )

  private static let publish: Section = (
    "publish", [("hooks_add_defaults", ""), ("hook_timeout", "6h"), ("directory", "")]
  )

  private static let cache: Section = ("cache", [("max_size", "")])

  private static let hookGroups: [Section] = [
    ("content", "6h"), ("manifest", "1h"), ("check", "1h"), ("error", "1h"),
  ].map { ($0, [("hooks_add_defaults", ""), ("hook_timeout", $1)]) }
}

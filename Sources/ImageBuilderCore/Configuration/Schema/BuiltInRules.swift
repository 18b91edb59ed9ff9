/// What the program itself demands of the options that it reads, whatever a schema says.
enum BuiltInRules {
  static let all: [Schema.Rule] =
    [
      rule("build", "arch", .values(Variant.architectures)),
      rule("build", "dry_run", .type(.bool)),
      rule("build", "use_production_ostree", .type(.bool)),
      rule("build", "stage_timeout", .type(.duration)),
      rule("ostree", "stall_timeout", .type(.duration)),
      rule("image", "compression", .values(Compression.allCases.map(\.rawValue))),
      rule("image", "partition_table", .values(DiskPlan.Table.allCases.map(\.rawValue))),
      rule("image", "firmware", firmware),
      rule("image", "rootfs_resize", .type(.bool)),
      rule("image", "max_size", .type(.size)),
      rule("image", "extra_space", .type(.size)),
      rule("image", "unique_ids", .type(.bool)),
      rule("image", "usr_writable", .type(.bool)),
      rule("image", "chroot_network", .type(.bool)),
      rule("image", "forbid", .type(.words(ForbiddenFiles.Policy.allCases.map(\.rawValue)))),
      rule("ostree", "os", .type(.regex(#"[A-Za-z0-9_][A-Za-z0-9._+-]*"#))),
      rule("ostree", "allow_downgrade", .type(.bool)),
      rule("ostree", "max_object_size", .type(.size)),
      rule("image", "signing_public_keys", .type(.paths)),
      rule("cache", "max_size", .type(.size)),
      rule("boot_test", "enable", .type(.bool)),
      rule("boot_test", "firmware", firmware),
      rule("boot_test", "timeout", .type(.duration)),
      rule("boot_test", "memory", .type(.size)),
      rule("boot_test", "success_pattern", .type(.pattern)),
    ]
    + HookGroup.allCases.map {
      rule($0.rawValue, ExactName(HookTimeLimit.option), .type(.duration))
    }

  private static let firmware = Schema.Rule.Kind.type(
    .words(Firmware.allCases.map(\.rawValue)))

  private static func rule(
    _ section: String, _ option: ExactName, _ kind: Schema.Rule.Kind
  ) -> Schema.Rule {
    Schema.Rule(sectionPattern: section, option: option, kind: kind, origin: .builtIn)
  }
}

/// What the program itself demands of the options that it reads, whatever a schema says.
enum BuiltInRules {
  static let all: [Schema.Rule] =
    [
      rule("build", "arch", .values(Variant.architectures)),
      rule("build", "dry_run", .type(.bool)),
      rule("build", "use_production_ostree", .type(.bool)),
      rule("image", "compression", .values(Compression.allCases.map(\.rawValue))),
      rule("image", "partition_table", .values(DiskPlan.Table.allCases.map(\.rawValue))),
      rule("image", "firmware", .values(DiskPlan.Firmware.allCases.map(\.rawValue))),
      rule("image", "rootfs_resize", .type(.bool)),
      rule("image", "max_size", .type(.size)),
      rule("image", "extra_space", .type(.size)),
      rule("image", "unique_ids", .type(.bool)),
      rule("image", "usr_writable", .type(.bool)),
    ]

  private static func rule(
    _ section: String, _ option: ExactName, _ kind: Schema.Rule.Kind
  ) -> Schema.Rule {
    Schema.Rule(sectionPattern: section, option: option, kind: kind, origin: .builtIn)
  }
}

import TestSupport

@testable import Configuration

/// Generates the configuration files of a variant from parts that are easily merged incorrectly.
struct GeneratedSite {
  var generator: SeededGenerator

  /// Sections with their merged options, and sections without merged options.
  private static let sections: [(name: String, merged: [String])] = [
    ("image", ["hooks", "icon_grid", "settings", "settings_locks", "kernel_args", "locales"]),
    ("image", ["branding_subst_vars"]),
    ("image", ["hooks", "settings"]), ("content", ["hooks"]), ("ostree", ["hooks"]),
    ("flatpak", ["locales", "hooks"]), ("flatpak-remote-eos", ["apps", "runtimes"]),
    ("kolibri", ["install_channels"]), ("kolibri-a", ["include_node_ids"]),
    ("tree", ["packages", "locales"]), ("buildroot", ["mounts", "packages"]), ("pool-a", ["disks"]),
    ("pool-b", ["disks"]), ("Image", ["hooks"]), ("DEFAULT", ["hooks", "locales", "disks"]),
    ("own", []), ("own-x", []), ("own_x", []), ("build", []), ("caf\u{E9}", []),
  ]
  private static let suffixes = [
    "_add", "_add", "_add", "_del", "_del", "_add_a", "_add_b", "_del_a", "_del_b", "_add_",
    "_add_defaults", "_del_defaults", "_add_product_eos", "_del_product_eos", "_add_local",
    "_del_local", "_add_local_defaults", "_add_local_product_eos", "_add_personality_en_gb",
    "_del_product_personality_eos_en", "_add_system_config", "_add_private", "_add_A", "", "ay",
    "_add_fleet_nightly", "_del_local2_defaults", "_add_vars",
    "_add_product_branch_arch_eos_master_amd64",
    "_addon", "_delay", "_ADD", "_Del",
  ]
  private static let words = [
    "a", "b", "c", "d", "a", "b", "e\u{301}", "\u{E9}", "$$x", "$${own:word}", "a\u{A0}b", "%", "",
    "${own:word}", "${own:words}", "${own:word} a", "${build:series}",
  ]
  private static let references = [
    "${hooks}", "${image:hooks}", "${image:icon_grid}", "${kolibri-a:include_node_ids}",
    "${hooks_add_defaults}", "${hooks_add_a}", "${hooks_del_local}", "${pool-a:disks}",
    "${pool-b:disks}", "${image:Hooks_Add_Product_EOS}", "${flatpak:locales}", "${own:secret}",
    "${DEFAULT:hooks_add_defaults}", "${word}", "${own:parts}", "${tree:packages}",
  ]
  private static let plain: [(String, String)] = [
    ("word", "w"), ("Word", "v\n  w"), ("words", "a b ${word}"), ("flag", "TRUE"),
    ("flag", "${own:flag}"), ("x-y", "1"), ("x_y", "2"), ("product", "other"), ("y", "y"),
    ("x", "${word}"), ("parts", "${image:hooks_add_a}"), ("list", "${image:hooks}"),
    ("secret", "s"), ("\u{E9}", "1"), ("e\u{301}", "2"), ("flag", "False"),
  ]

  mutating func variant() throws -> Variant {
    try Variant(
      product: generator.pick(["eos", "EOS"]),
      branch: generator.pick(["master", "eos5.1", "a.b.c"]),
      arch: "amd64", platform: generator.pick([nil, "board"]),
      personality: generator.pick(["base", "en", "en_GB", "en_GB_orkney"]))
  }

  /// Returns some files of the variant, the schema, and files that must not be read.
  mutating func files(of variant: Variant) -> [String: String] {
    let personality = variant.personality.prefix(2)
    let paths = [
      "product/\(variant.product)", "branch/\(variant.branch)", "arch/amd64",
      "platform/\(variant.platform)", "personality/\(personality)",
      "personality/\(variant.personality)", "product-branch/\(variant.product)-\(variant.branch)",
      "product-personality/\(variant.product)-\(personality)",
      "product-personality/\(variant.product)-\(variant.personality)",
      "arch-platform/amd64-\(variant.platform)", "platform-arch/\(variant.platform)-amd64",
      "product/other", "personality/en_US", "branch-personality/\(variant.branch)-en_GB",
      "product-branch-arch/\(variant.product)-\(variant.branch)-amd64",
      "arch-platform-personality/amd64-\(variant.platform)-\(personality)",
      "product-branch-arch-platform-personality/"
        + variant.path.split(separator: "/").joined(separator: "-"),
    ]
    var files = [
      "config/defaults.ini": "[own]\nword = w\nwords = a b\nflag = true\nsecret = s\nparts = p\n",
      "config/schema.ini": "[pool-*]\ndisks_merged = true\n",
    ]
    files["config/defaults.ini", default: ""] += text(without: ["own"])
    for path in paths where generator.isOnce(in: 5) { files["config/\(path).ini"] = text() }
    for path in ["etc/config", "config/local", "etc/private", "config/private"]
    where generator.isOnce(in: 3) {
      files["\(path).ini"] = text()
    }
    if generator.isOnce(in: 4) { files["config/fleet/nightly.ini"] = text() }
    if generator.isOnce(in: 4) { files["vars.ini"] = text() }
    guard generator.isOnce(in: 3) else { return files }
    for local in ["local", "local2"].prefix(generator.pick([1, 1, 2])) {
      files["\(local)/config/defaults.ini"] = text()
      for path in paths where generator.isOnce(in: 6) {
        files["\(local)/config/\(path).ini"] = text()
      }
      if generator.isOnce(in: 4) { files["\(local)/config/fleet/nightly.ini"] = text() }
      if generator.isOnce(in: 3) { files["\(local)/config/private.ini"] = text() }
    }
    if generator.isOnce(in: 3) {
      files["local/config/schema.ini"] = "[own*]\nword_merged = yes\n[pool-c]\nx_required = no\n"
    }
    return files
  }

  private mutating func text(without excluded: Set<String> = []) -> String {
    var text = ""
    var seen = excluded
    for _ in 0..<Int.random(in: 1...3, using: &generator) {
      let section = generator.pick(GeneratedSite.sections)
      guard seen.insert(section.name).inserted else { continue }
      text += "[\(section.name)]\n"
      var options: Set<ExactName> = []
      for _ in 0..<Int.random(in: 0...5, using: &generator) {
        let (name, value) = option(section.merged)
        if options.insert(ExactName(PythonText.lowercased(name))).inserted {
          text += "\(name) =\(generator.pick(["", " ", "\n  ", "\n\n  # no word\n  "]))\(value)\n"
        }
      }
    }
    return text
  }

  private mutating func option(_ merged: [String]) -> (String, String) {
    if merged.isEmpty || generator.isOnce(in: 6) { return generator.pick(GeneratedSite.plain) }
    let words = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
      generator.isOnce(in: 20)
        ? generator.pick(GeneratedSite.references) : generator.pick(GeneratedSite.words)
    }
    let name = generator.pick(merged) + generator.pick(GeneratedSite.suffixes)
    return (name, words.joined(separator: generator.pick([" ", "\n ", "\t"])))
  }
}

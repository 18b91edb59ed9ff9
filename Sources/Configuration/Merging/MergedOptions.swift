import Glibc

/// An option whose value is counted together from `_add` and `_del` options of all layers.
struct MergedOption: Sendable, Hashable {
  /// The section's name, or a pattern for such names.
  let sectionPattern: String
  let option: ExactName
  /// Whether it is set, to nothing, in sections where nothing adds to it.
  var isAlwaysSet = false
}

/// A part of a merged option.
enum MergedPart: Sendable {
  case addition
  case deletion

  /// What the name of a part says about it: `hooks_add`, `hooks_add_NAME`; not `hooks_addon`.
  init?(_ name: ExactName, of option: ExactName) {
    if MergedPart.matches(name, option.text + "_add") {
      self = .addition
    } else if MergedPart.matches(name, option.text + "_del") {
      self = .deletion
    } else {
      return nil
    }
  }

  private static func matches(_ name: ExactName, _ stem: String) -> Bool {
    name.hasPrefix(stem) && (name.text.utf8.count == stem.utf8.count || name.hasPrefix(stem + "_"))
  }
}

/// The table of merged options.
struct MergedOptions: Sendable {
  private(set) var all: [MergedOption]

  /// The Endless Image Builder's options and our own.
  init() {
    all = MergedOptions.inherited + Options.merged + MergedOptions.ofShippedHooks
  }

  /// Adds what a schema declares.
  mutating func declare(_ option: MergedOption) {
    let isKnown = all.contains {
      $0.sectionPattern == option.sectionPattern && $0.option == option.option
    }
    if !isKnown {
      all.append(option)
    }
  }

  /// The merged options of a section, each once.
  func options(in section: ExactName) -> [MergedOption] {
    var found: [MergedOption] = []
    for option in all where Glob.matches(section.text, option.sectionPattern) {
      if let index = found.firstIndex(where: { $0.option == option.option }) {
        found[index].isAlwaysSet = found[index].isAlwaysSet || option.isAlwaysSet
      } else {
        found.append(option)
      }
    }
    return found
  }

  /// Every name that is a merged option somewhere; `[DEFAULT]` may set parts of each.
  var optionsAnywhere: [MergedOption] {
    Set(all.map(\.option)).sorted().map { MergedOption(sectionPattern: "*", option: $0) }
  }

  private static let inherited = table(
    [
      ("buildroot", ["mounts"]),
      ("check", ["hooks"]),
      ("content", ["hooks"]),
      ("endlesskey", ["collections"]),
      ("error", ["hooks"]),
      ("flatpak", ["locales"]),
      ("flatpak-remote-*", ["apps", "runtimes", "exclude", "allow_extra_data"]),
      ("image", ["hooks", "icon_grid", "settings", "settings_locks"]),
      ("kolibri", ["install_channels"]),
      ("kolibri-*", ["include_node_ids", "exclude_node_ids"]),
      ("manifest", ["hooks"]),
      ("publish", ["hooks"]),
    ], isAlwaysSet: true)

  /// Lists that hooks of ours read, also where another schema.ini replaces the shipped one.
  private static let ofShippedHooks = table(
    [("image", ["locales"]), ("tree", ["packages", "locales"])], isAlwaysSet: false)

  private static func table(
    _ rows: [(String, [ExactName])], isAlwaysSet: Bool
  ) -> [MergedOption] {
    rows.flatMap { section, options in
      options.map {
        MergedOption(sectionPattern: section, option: $0, isAlwaysSet: isAlwaysSet)
      }
    }
  }
}

/// Shell patterns over names of sections.
enum Glob {
  /// Whether `name` is `pattern` or matches it as a shell pattern.
  static func matches(_ name: String, _ pattern: String) -> Bool {
    ExactName(name) == ExactName(pattern) || (isPattern(pattern) && fnmatch(pattern, name, 0) == 0)
  }

  /// Whether a name is a pattern for names.
  static func isPattern(_ name: String) -> Bool {
    name.utf8.contains { "*?[".utf8.contains($0) }
  }
}

import Glibc

/// An option whose value is a list to which every file can add words (`_add`) and from which it can
/// remove words (`_del`).
struct MergedOption: Sendable, Hashable {
  /// The name of the section, or a shell pattern for section names.
  let sectionPattern: String
  let option: ExactName
  /// Whether the option is set, to an empty list, in sections where no file adds to it.
  var isAlwaysSet = false
}

/// The kind of a part of a merged option. A part is an `_add` or `_del` option.
enum MergedPart: Sendable {
  case addition
  case deletion

  /// Returns the kind of a part by its name. `hooks_add` and `hooks_add_NAME` are parts of `hooks`;
  /// `hooks_addon` is not.
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

/// The merged options that are known.
struct MergedOptions: Sendable {
  private(set) var all: [MergedOption]

  /// Makes the set of EIB's merged options and those of the program and its hooks.
  init() {
    all = MergedOptions.inherited + Options.merged + MergedOptions.ofHooks
  }

  /// Adds an option that a schema declares.
  mutating func declare(_ option: MergedOption) {
    let isKnown = all.contains {
      $0.sectionPattern == option.sectionPattern && $0.option == option.option
    }
    if !isKnown {
      all.append(option)
    }
  }

  /// Returns the merged options of a section, without duplicates.
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

  /// The options that are merged in any section. `[DEFAULT]` can set parts of all of them.
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
      ("flatpak", ["locales", "must_keep"]),
      ("flatpak-remote-*", ["apps", "runtimes", "exclude", "allow_extra_data"]),
      ("image", ["hooks", "icon_grid", "settings", "settings_locks"]),
      ("kolibri", ["install_channels"]),
      ("kolibri-*", ["include_node_ids", "exclude_node_ids"]),
      ("manifest", ["hooks"]),
      ("publish", ["hooks"]),
    ], isAlwaysSet: true)

  /// Lists that the shipped hooks read, and one that older versions of EIB merge. They are merged
  /// even if another `schema.ini` replaces the shipped one.
  private static let ofHooks = table(
    [
      ("image", ["locales", "branding_subst_vars"]), ("tree", ["packages", "locales"]),
      ("layers", ["files"]),
    ],
    isAlwaysSet: false)

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

/// Matches names against shell patterns.
package enum Glob {
  /// Returns whether `name` equals `pattern` or matches it as a pattern of fnmatch(3).
  package static func matches(_ name: String, _ pattern: String) -> Bool {
    ExactName(name) == ExactName(pattern) || (isPattern(pattern) && fnmatch(pattern, name, 0) == 0)
  }

  /// Returns whether a name contains a wildcard: `*`, `?` or `[`.
  static func isPattern(_ name: String) -> Bool {
    name.utf8.contains { "*?[".utf8.contains($0) }
  }
}

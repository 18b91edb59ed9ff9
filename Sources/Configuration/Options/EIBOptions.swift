/// Options of EIB that no `defaults.ini` need declare in an open configuration.
enum EIBOptions {
  /// The options that ask for something that this program does not do itself, with the effect.
  static let undone: [(name: OptionName, effect: String)] =
    [
      ("image", "disk1_size", "the disk is as large as its content needs"),
      ("image", "disk2_size", "the second disk is as large as its content needs"),
      ("image", "sdboot", "the image starts with its tree's boot loader, not with systemd-boot"),
      ("kolibri", "install_channels", "the image gets no Kolibri channels"),
      ("endlesskey", "collections", "the image gets no Endless Key collections"),
    ].map { (OptionName(section: $0, option: $1), $2) } + [(splitHooks, "they do not run")]

  /// The hooks that filled the second disk.
  static let splitHooks = OptionName(section: "split", option: "hooks")
}

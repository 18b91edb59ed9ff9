/// Options of EIB that no `defaults.ini` need declare in an open configuration.
enum EIBOptions {
  /// The options that ask for something that this program does not do itself, with the effect.
  static let undone: [(name: OptionName, effect: String)] =
    [
      ("image", "boot_zip", "no boot.zip is made"),
      ("image", "iso", "no ISO image is made"),
      ("image", "vm_image", "no OVF image is made"),
      ("image", "qcow2", "no qcow2 image is made"),
      ("image", "sdboot", "the image starts with its tree's boot loader, not with systemd-boot"),
      ("iso", "max_size", "nothing limits the size of an ISO image"),
      ("kolibri", "install_channels", "the image gets no Kolibri channels"),
      ("endlesskey", "collections", "the image gets no Endless Key collections"),
    ].map { (OptionName(section: $0, option: $1), $2) }

  /// Whether the image gets Flatpak apps. Without the option, it does.
  static let flatpakSwitch = OptionName(section: "flatpak", option: "enable")
  /// The sections of Flatpak remotes.
  static let flatpakRemotes = "flatpak-remote-*"

  /// The options of a Flatpak remote, besides the merged ones.
  static let ofFlatpakRemotes: [ExactName] = [
    "url", "deploy_url", "repo_file", "enable", "title", "default_branch", "prio", "noenumerate",
  ]
}

/// `[login]`: the user who may log in to the installed system and become root.
package struct LoginOptions: OptionSection {
  let name: ExactName = "login"
  let firstStage: Stage? = .image

  package let user = DeclaredOption<String>(
    "login", "user", default: "", rule: .type(.login(.userName)))
  package let passwordHash = DeclaredOption<String>(
    "login", "password_hash", default: "", rule: .type(.login(.passwordHash)), isSecret: true)
  package let authorizedKeys = DeclaredOption<String>(
    "login", "ssh_authorized_keys", default: "", rule: .type(.login(.authorizedKeys)))

  /// The options of `[image]` that were replaced by options of `[login]`.
  static let replaced: [OptionName: OptionName] = [
    OptionName(section: "image", option: "user_password_hash"): Options.login.passwordHash.name,
    OptionName(section: "image", option: "ssh_authorized_keys"): Options.login.authorizedKeys.name,
  ]

  /// The user of an image in earlier configurations. It is also the upload user of the Endless
  /// Image Builder, so it means a login only beside one of the options in `replaced`.
  static let earlierUser = OptionName(section: "image", option: "user")

  /// Returns the error for an option that was replaced.
  static func replacement(
    of old: OptionName, by new: OptionName, at origin: Origin
  ) -> ConfigurationError {
    .unusable(
      section: old.section.text, option: old.option.text,
      problem: "makes no user any more: who may log in is set in [\(new.section.text)], by "
        + "\(new.section.text):\(new.option.text)",
      at: origin)
  }
}

/// The image hook that makes the user of `[login]`. It is known by its text, which names the variable
/// of the user or, in Python, the section, because a site may have a hook of its own.
package struct LoginHook {
  private static let variable = Configuration.variable(
    Options.login.user.name.section.text, Options.login.user.name.option.text)

  private let configuration: Configuration

  package init(_ configuration: Configuration) {
    self.configuration = configuration
  }

  /// Returns the reasons why the login of `[login]` will not work: an option that needs another one
  /// is alone, or none of the image hooks reads the options.
  ///
  /// - Throws: `ConfigurationError` for an option that cannot be expanded.
  package func problems(
    _ imageHooks: [HookFiles.File]
  ) throws(ConfigurationError) -> [ConfigurationError] {
    let login = Options.login
    var set: [OptionName] = []
    for option in [login.user, login.passwordHash, login.authorizedKeys]
    where try !configuration.value(option).isEmpty {
      set.append(option.name)
    }
    guard let first = set.first else { return [] }
    if !imageHooks.contains(where: reads) {
      return [
        configuration.unusable(
          first,
          "is set, but no hook in image:hooks makes the user: add the hook 50-user, or one of your "
            + "own that reads $\(Self.variable)")
      ]
    }
    if first != login.user.name {
      return [
        configuration.unusable(first, "is set, but login:user, the name of the user, is not")
      ]
    }
    guard set.count > 1 else {
      return [
        configuration.unusable(
          first,
          "is set, but neither login:password_hash nor login:ssh_authorized_keys is, so that this "
            + "user could not log in")
      ]
    }
    return []
  }

  private func reads(_ hook: HookFiles.File) -> Bool {
    // A hook that cannot be read is not an argument against the configuration.
    guard let bytes = try? TextFile.bytes(of: hook.path) else { return true }
    let text = String(decoding: bytes, as: UTF8.self)
    let section = Options.login.name.text
    return [Self.variable, "'\(section)'", "\"\(section)\""].contains { text.contains($0) }
  }
}

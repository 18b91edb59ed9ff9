import SystemPackage

/// `[flatpak]`: Flatpak applications in the image.
package struct FlatpakOptions: OptionSection {
  let name: ExactName = "flatpak"
  let firstStage: Stage? = .image

  package let isEnabled = DeclaredOption<Bool>("flatpak", "enable", default: true)
  package let arch = DeclaredOption<String>(
    "flatpak", "arch", default: "", rule: .type(.regex("[a-z0-9_]*")))
  package let locales = DeclaredOption<[String]>("flatpak", "locales", merged: nil)
  package let keepsLanguages = DeclaredOption<Bool>(
    "flatpak", "set_extra_languages", default: false)
  package let isPeerToPeerEnabled = DeclaredOption<Bool>(
    "flatpak", "enable_p2p_updates", default: true)
  package let keptApps = DeclaredOption<[String]>("flatpak", "must_keep", merged: nil)
}

/// A section `[flatpak-remote-NAME]`. An option that is not set is empty or nil.
package struct FlatpakRemoteOptions: Sendable {
  /// The sections of Flatpak remotes.
  static let sectionPattern = "flatpak-remote-*"
  private static let prefix = "flatpak-remote-"

  let section: ExactName

  /// The name of the remote.
  package var name: String { String(section.text.dropFirst(Self.prefix.count)) }
  /// The section as it is written in a file.
  package var header: String { "[\(section.text)]" }

  package var isEnabled: DeclaredOption<Bool> {
    DeclaredOption<Bool>(section, "enable", default: true)
  }
  package var url: DeclaredOption<String> {
    DeclaredOption<String>(section, "url", repository: "")
  }
  package var deployedURL: DeclaredOption<String> {
    DeclaredOption<String>(section, "deploy_url", repository: "")
  }
  /// A path, or an http or https URL.
  package var repositoryFile: DeclaredOption<String> {
    DeclaredOption<String>(section, "repo_file", default: "")
  }
  package var trustedKeys: DeclaredOption<[String]> {
    DeclaredOption<[String]>(section, "trusted_keys", default: "")
  }
  package var title: DeclaredOption<String> {
    DeclaredOption<String>(section, "title", default: "")
  }
  package var defaultBranch: DeclaredOption<String> {
    DeclaredOption<String>(section, "default_branch", default: "")
  }
  package var priority: DeclaredOption<Int> {
    DeclaredOption<Int>(section, "prio", default: 1, atLeast: 0, atMost: 9999)
  }
  package var isHidden: DeclaredOption<Bool> {
    DeclaredOption<Bool>(section, "noenumerate", default: false)
  }
  package var allowsDowngrade: DeclaredOption<Bool> {
    DeclaredOption<Bool>(section, "allow_downgrade", default: false)
  }
  package var apps: DeclaredOption<[String]> { merged("apps") }
  package var runtimes: DeclaredOption<[String]> { merged("runtimes") }
  package var excluded: DeclaredOption<[String]> { merged("exclude") }
  package var allowedExtraData: DeclaredOption<[String]> { merged("allow_extra_data") }

  private func merged(_ option: ExactName) -> DeclaredOption<[String]> {
    DeclaredOption<[String]>(section, option, merged: nil)
  }

  /// The names of the options that are not merged.
  static let names: [ExactName] = {
    let options = FlatpakRemoteOptions(section: "")
    let declared: [any OptionDeclaration] = [
      options.isEnabled, options.url, options.deployedURL, options.repositoryFile,
      options.trustedKeys, options.title, options.defaultBranch, options.priority,
      options.isHidden, options.allowsDowngrade,
    ]
    return declared.map(\.name.option)
  }()

  /// The declarations of all options, for checks.
  var all: [any OptionDeclaration] {
    [
      isEnabled, url, deployedURL, repositoryFile, trustedKeys, title, defaultBranch, priority,
      isHidden, allowsDowngrade, apps, runtimes, excluded, allowedExtraData,
    ]
  }
}

extension Configuration {
  /// The Flatpak remotes that are switched on, in the order of the files; none if Flatpak is off.
  package var flatpakRemotes: [FlatpakRemoteOptions] {
    guard (try? value(Options.flatpak.isEnabled)) ?? true else { return [] }
    return complete.sections.keys.filter {
      Glob.matches($0.text, FlatpakRemoteOptions.sectionPattern)
    }.map { FlatpakRemoteOptions(section: $0) }
      .filter { (try? valueIfSet($0.isEnabled)) != false }
  }

  /// The Flatpak remotes that are switched on and name something.
  package var usedFlatpakRemotes: [FlatpakRemoteOptions] {
    flatpakRemotes.filter { remote in
      [remote.apps, remote.runtimes].contains { ((try? value($0)) ?? []).isEmpty == false }
    }
  }

  /// What the remotes name on this machine: repositories, repository files and keys.
  package var flatpakPaths: [FilePath] {
    flatpakRemotes.flatMap { remote in
      let sources = [remote.url, remote.repositoryFile].compactMap { try? valueIfSet($0) }
      let keys = (try? valueIfSet(remote.trustedKeys)) ?? []
      return sources.filter { !$0.isEmpty }.compactMap(FlatpakRemoteOptions.path)
        + keys.map { FilePath($0) }
    }
  }

  /// Returns the value of an option; nil if it is not set.
  ///
  /// - Throws: `ConfigurationError`.
  package func valueIfSet<Value>(
    _ option: DeclaredOption<Value>
  ) throws(ConfigurationError) -> Value? {
    isSet(option.name) ? try value(option) : nil
  }
}

extension FlatpakRemoteOptions {
  /// The path that `repo_file` names, as it is or as a file URL; nil for a file on a server.
  package static func path(_ text: String) -> FilePath? {
    if let path = RepositoryURLSyntax.path(of: text) { return FilePath(path) }
    return text.contains("://") ? nil : FilePath(text)
  }
}

import SystemPackage

extension Configuration {
  /// What is wrong with the sections of Flatpak remotes, as far as no server needs to be asked.
  var flatpakProblems: [ConfigurationError] {
    let remotes = flatpakRemotes
    return remotes.flatMap { remote in
      invalidName(of: remote) + missingSource(of: remote) + missingKeys(of: remote)
        + invalidWords(of: remote)
    } + (remotes.isEmpty ? [] : invalidLocales)
  }

  private func invalidName(of remote: FlatpakRemoteOptions) -> [ConfigurationError] {
    guard !RefSyntax.isValidRemote(remote.name) || remote.name.hasPrefix("-") else { return [] }
    return [
      .unusable(
        section: remote.section.text, option: remote.url.name.option.text,
        problem: "belongs to a remote without a usable name: the section is \(remote.header), and "
          + "what follows flatpak-remote- must be \(RefSyntax.acceptedRemote), not with - in front",
        at: place(of: remote))
    ]
  }

  private func missingSource(of remote: FlatpakRemoteOptions) -> [ConfigurationError] {
    let (url, file) = (text(remote.url.name), text(remote.repositoryFile.name))
    if url.isEmpty && file.isEmpty {
      return [
        .unusable(
          section: remote.section.text, option: remote.url.name.option.text,
          problem: "is not set, and neither is repo_file: set one of them, or enable = false",
          at: place(of: remote))
      ]
    }
    guard !file.isEmpty, let path = FlatpakRemoteOptions.path(file), !TextFile.exists(path)
    else { return [] }
    return [unusable(remote.repositoryFile.name, "is \(file), but there is no such file")]
  }

  private func missingKeys(of remote: FlatpakRemoteOptions) -> [ConfigurationError] {
    PythonText.words(text(remote.trustedKeys.name)).filter { !TextFile.exists(FilePath($0)) }.map {
      unusable(remote.trustedKeys.name, "names \($0), but there is no such file")
    }
  }

  private func invalidWords(of remote: FlatpakRemoteOptions) -> [ConfigurationError] {
    let lists: [(DeclaredOption<[String]>, kind: String)] = [
      (remote.apps, "app"), (remote.runtimes, "runtime"),
    ]
    let names = [remote.excluded, remote.allowedExtraData]
    return lists.flatMap { list, kind in
      refusedWords(of: list, accepted: FlatpakName.accepted) { word in
        FlatpakName(word).map { $0.kind == nil || $0.kind == kind } ?? false
      }
    }
      + names.flatMap { list in
        refusedWords(of: list, accepted: "a name such as org.gnome.Maps", FlatpakName.isName)
      }
  }

  private var invalidLocales: [ConfigurationError] {
    refusedWords(of: Options.flatpak.locales, accepted: "locales such as de or pt_BR") { word in
      word.wholeMatch(of: #/(C|POSIX|[a-z]{2,3})([_.@-].*)?/#) != nil
    }
  }

  private func refusedWords(
    of list: DeclaredOption<[String]>, accepted: String, _ isAccepted: (String) -> Bool
  ) -> [ConfigurationError] {
    // `validate()` reports lists that cannot be expanded.
    let refused = ((try? wordPlaces(of: list.name)) ?? [:]).filter { !isAccepted($0.key.text) }
      .sorted { $0.key < $1.key }
    return Dictionary(grouping: refused, by: \.value.origin).values.map { words in
      let names = words.map { $0.value.isPrivate ? Interpolator.hiddenText : $0.key.text }
      return .unacceptable(
        section: list.name.section.text, option: list.name.option.text,
        found: names.joined(separator: " "), accepted: accepted, nearest: nil,
        at: words[0].value.origin)
    }
  }

  private func text(_ name: OptionName) -> String {
    isSet(name) ? (try? expanded(name).text) ?? "" : ""
  }

  private func place(of remote: FlatpakRemoteOptions) -> Origin {
    complete.options(in: remote.section).first
      .flatMap { complete[remote.section, $0]?.origin } ?? .program
  }
}

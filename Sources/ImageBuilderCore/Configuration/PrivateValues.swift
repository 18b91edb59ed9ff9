extension Configuration {
  /// The texts that must not appear in logs: values that private files set, values that are made
  /// with those, and values that the schema declares secret, of six characters or more.
  public var privateValues: [String] {
    var values = Set(privateWords.map(ExactName.init))
    for (name, setting, text) in privateSettings() where !setting.isMerged {
      values.insert(ExactName(text))
      if setting.isPrivate || schema.isSecret(name) {
        let lines = text.unicodeScalars.split(separator: "\n")
        values.formUnion(lines.map { ExactName(String($0)) })
      }
    }
    return values.map(\.text).filter(Configuration.isLongEnough)
      .sorted { ($0.utf8.count, $1) > ($1.utf8.count, $0) }
  }

  /// Private values that are too short to be filtered from logs.
  public var privateValueWarnings: [ConfigurationWarning] {
    privateSettings().compactMap { name, setting, text in
      let isWorthHiding = !text.isEmpty && BooleanText.value(text) == nil
      let isOwn = setting.isPrivate || schema.isSecret(name)
      guard isOwn, isWorthHiding, !Configuration.isLongEnough(text) else { return nil }
      return .shortPrivateValue(place(name))
    }
  }

  private static func isLongEnough(_ text: String) -> Bool {
    text.unicodeScalars.count >= shortestFilteredValue
  }

  private func privateSettings() -> [(OptionName, Setting, text: String)] {
    guard publicSettings != nil else { return [] }
    return store.names.compactMap { name in
      guard let setting = store[name],
        let result = try? interpolator.value(of: name, setting: setting), result.isPrivate
      else { return nil }
      return (name, setting, result.text)
    }
  }
}

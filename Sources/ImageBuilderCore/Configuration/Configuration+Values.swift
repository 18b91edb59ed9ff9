import SystemPackage

extension Configuration {
  /// The value of an option with its references expanded; an error when it is not set.
  public func value(
    _ section: String, _ option: String
  ) throws(ConfigurationError) -> String {
    try resolved(Configuration.name(section, option)).text
  }

  /// The words of a value; none of a merged option that nothing adds to.
  public func words(
    _ section: String, _ option: String
  ) throws(ConfigurationError) -> [String] {
    let name = Configuration.name(section, option)
    let isMerged = merged.options(in: name.section).contains { $0.option == name.option }
    if isMerged, store[name] == nil {
      return []
    }
    return PythonText.words(try resolved(name).text)
  }

  /// An absolute path.
  public func path(
    _ section: String, _ option: String
  ) throws(ConfigurationError) -> FilePath {
    let name = Configuration.name(section, option)
    let result = try resolved(name)
    guard result.text.utf8.first == UInt8(ascii: "/"), !result.text.utf8.contains(0) else {
      throw unacceptable(name, result, accepted: "an absolute path")
    }
    return FilePath(result.text)
  }

  /// Whether a value says true, yes, on or 1; an error unless it says that or the opposite.
  public func isTrue(
    _ section: String, _ option: String
  ) throws(ConfigurationError) -> Bool {
    let name = Configuration.name(section, option)
    let result = try resolved(name)
    guard let value = BooleanText.value(result.text) else {
      throw unacceptable(name, result, accepted: BooleanText.accepted)
    }
    return value
  }

  /// A number of bytes, written with or without K, M, G, T; nil when the value is empty.
  public func sizeInBytes(
    _ section: String, _ option: String
  ) throws(ConfigurationError) -> UInt64? {
    let name = Configuration.name(section, option)
    let result = try resolved(name)
    guard !result.text.isEmpty else { return nil }
    guard let size = ByteSizeText.value(result.text) else {
      throw unacceptable(name, result, accepted: ByteSizeText.accepted)
    }
    return size
  }

  var interpolator: Interpolator {
    Interpolator(store: store, isSecret: schema.isSecret)
  }

  func resolved(_ name: OptionName) throws(ConfigurationError) -> Interpolator.Result {
    guard let setting = store[name] else {
      throw .missingOption(
        section: name.section.text, option: name.option.text,
        nearest: store.nearest(to: name, from: nil))
    }
    return try interpolator.value(of: name, setting: setting)
  }

  func unacceptable(
    _ name: OptionName, _ result: Interpolator.Result, accepted: String, nearest: String? = nil
  ) -> ConfigurationError {
    .unacceptable(
      section: name.section.text, option: name.option.text,
      found: result.isPrivate ? nil : result.text, accepted: accepted,
      nearest: result.isPrivate ? nil : nearest, at: store[name]?.origin ?? .program)
  }
}

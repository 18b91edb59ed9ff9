/// Expands `${option}`, `${section:option}` and `$$` like `ExtendedInterpolation` of Python's
/// configparser.
struct Interpolator {
  /// The deepest nesting of references. It is configparser's limit, MAX_INTERPOLATION_DEPTH.
  static let deepestReference = 10
  /// The longest value in bytes. It is above Linux's limit for an environment variable (128 KiB,
  /// execve(2)).
  static let longestValueInBytes = 1 << 20
  /// The largest number of references in a value. It limits the time for nested references to empty
  /// values, which never reach `longestValueInBytes`.
  static let mostReferences = 10_000
  /// The text that is shown instead of a private value.
  static let hiddenText = "<private>"

  /// A value with expanded references.
  struct Result {
    var text = ""
    /// Whether the text contains a private or hidden value.
    var isPrivate = false
    /// The number of expanded references.
    var references = 0
  }

  let store: SettingStore
  /// Returns whether an option's value is replaced by `hiddenText`.
  var hides: (OptionName) -> Bool = { _ in false }
  /// Returns whether an option's value is private although a public file sets it.
  var isSecret: (OptionName) -> Bool = { _ in false }

  /// Returns the value of an option with expanded references.
  func value(of name: OptionName, setting: Setting) throws(ConfigurationError) -> Result {
    var result = Result()
    if hides(name) {
      return Result(text: Interpolator.hiddenText, isPrivate: true)
    }
    try expand(name, setting, of: (name, setting), depth: 1, into: &result)
    return result
  }

  private func expand(
    _ name: OptionName, _ setting: Setting, of top: (name: OptionName, setting: Setting),
    depth: Int, into result: inout Result
  ) throws(ConfigurationError) {
    result.isPrivate = result.isPrivate || setting.isPrivate || isSecret(name)
    guard depth <= Interpolator.deepestReference || !setting.text.utf8.contains(0x24) else {
      throw .tooDeep(
        section: top.name.section.text, option: top.name.option.text,
        reference: "\(name.section.text):\(name.option.text)", at: top.setting.origin)
    }
    for piece in try ReferenceText.pieces(of: setting, named: name) {
      switch piece {
      case .text(let text): result.text += text
      case .reference(let section, let option, let written, let textLine):
        result.references += 1
        let target = OptionName(section: section ?? name.section, option: option)
        if hides(target) {
          result.text += Interpolator.hiddenText
          result.isPrivate = true
        } else if let found = store[target] {
          try expand(target, found, of: top, depth: depth + 1, into: &result)
        } else {
          let isHidden = setting.isPrivate || isSecret(name)
          throw .unknownReference(
            section: name.section.text, option: name.option.text,
            reference: isHidden ? Interpolator.hiddenText : written,
            nearest: isHidden
              ? nil
              : store.nearest(to: target) { section, option in
                name.section.text == section ? "${\(option)}" : "${\(section):\(option)}"
              },
            at: setting.origin(ofTextLine: textLine))
        }
      }
      guard result.text.utf8.count <= Interpolator.longestValueInBytes,
        result.references <= Interpolator.mostReferences
      else {
        throw .tooLong(
          section: top.name.section.text, option: top.name.option.text, at: top.setting.origin)
      }
    }
  }
}

extension SettingStore {
  /// Returns the option with the nearest name, in the form that `written` gives it. Options of
  /// private files are not suggested.
  func nearest(
    to target: OptionName, as written: (_ section: String, _ option: String) -> String
  ) -> String? {
    if contains(target.section) {
      return NearestName.find(
        target.option.text,
        among: options(in: target.section).filter { self[target.section, $0]?.isPrivate == false }
          .map(\.text)
      ) { written(target.section.text, $0) }
    }
    let known = sections.keys.filter { self[$0, target.option]?.isPrivate == false }.map(\.text)
    return NearestName.find(target.section.text, among: known) { written($0, target.option.text) }
  }
}

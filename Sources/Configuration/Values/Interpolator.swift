/// Expands `${option}`, `${section:option}` and `$$` as Python's `ExtendedInterpolation` does.
struct Interpolator {
  /// Python's limit on references that refer to references.
  static let deepestReference = 10
  /// More than this no environment variable holds.
  static let longestValueInBytes = 1 << 20
  /// Ten levels of a few references each, to nothing at the end, would never come to one.
  static let mostReferences = 10_000
  /// What stands for a value that is not to be seen.
  static let hiddenText = "<private>"

  /// A value with its references expanded.
  struct Result {
    var text = ""
    /// Whether a private or hidden setting is part of the text.
    var isPrivate = false
    /// How many references were expanded.
    var references = 0
  }

  let store: SettingStore
  /// Which options' values are replaced by `hiddenText`.
  var hides: (OptionName) -> Bool = { _ in false }
  /// Which options' values count as private though a public file sets them.
  var isSecret: (OptionName) -> Bool = { _ in false }

  /// The value of an option that is set.
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
  /// The option that was probably meant.
  func nearest(
    to target: OptionName, as written: (_ section: String, _ option: String) -> String
  ) -> String? {
    if contains(target.section) {
      return NearestName.find(
        target.option.text, among: options(in: target.section).map(\.text)
      ) { written(target.section.text, $0) }
    }
    let known = sections.keys.filter { self[$0, target.option] != nil }.map(\.text)
    return NearestName.find(target.section.text, among: known) { written($0, target.option.text) }
  }
}

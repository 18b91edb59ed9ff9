import OrderedCollections

extension Configuration {
  /// The configuration as environment variables of hooks, `EIB_SECTION_OPTION`, in order.
  public func environment(
    _ view: View = .complete
  ) throws(ConfigurationError) -> [(name: String, value: String)] {
    var variables: OrderedDictionary<String, String> = [:]
    for (section, options) in try contents(view, resolved: true) {
      for (option, value) in options {
        let name = Configuration.name(section, option)
        guard !value.utf8.contains(0) else {
          throw .nulCharacter(
            section: section, option: option, at: store[name]?.origin ?? .program)
        }
        variables[EnvironmentVariable.name(of: name)] = EnvironmentVariable.value(value)
      }
    }
    return variables.map { (name: $0.key, value: $0.value) }
  }

  /// Pairs of options that become the same variable, the one whose value is used second.
  func collisions() -> [(variable: String, first: OptionPlace, second: OptionPlace)] {
    var owners: [String: OptionName] = [:]
    var found: [(variable: String, first: OptionPlace, second: OptionPlace)] = []
    for name in store.names {
      let variable = EnvironmentVariable.name(of: name)
      if let earlier = owners.updateValue(name, forKey: variable) {
        found.append((variable, place(earlier), place(name)))
      }
    }
    return found
  }
}

/// How options are named and written in the environment.
enum EnvironmentVariable {
  /// `EIB_SECTION_OPTION`; options of `build` go without the section.
  static func name(of name: OptionName) -> String {
    let section = name.section == "build" ? "" : name.section.text + "_"
    var bytes = Array("EIB_".utf8)
    for scalar in (section + name.option.text).unicodeScalars {
      for upper in scalar.properties.uppercaseMapping.unicodeScalars {
        bytes.append(isAllowed(upper) ? UInt8(upper.value) : UInt8(ascii: "_"))
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The value, with `True` and `FALSE` and the like in small letters.
  static func value(_ text: String) -> String {
    guard (4...5).contains(text.utf8.count) else { return text }
    let lowered = PythonText.lowercased(text)
    return lowered == "true" || lowered == "false" ? lowered : text
  }

  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_"
  }
}

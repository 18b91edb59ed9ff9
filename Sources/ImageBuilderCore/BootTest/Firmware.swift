/// What starts the boot loader of a machine.
public enum Firmware: String, Sendable, CaseIterable, Codable {
  case uefi, bios
}

extension Configuration {
  /// The firmware that an option `firmware` names.
  ///
  /// - Throws: `ConfigurationError`.
  func firmware(_ section: String) throws(ConfigurationError) -> [Firmware] {
    let words = try words(section, "firmware")
    let firmware = words.compactMap(Firmware.init)
    guard !words.isEmpty, firmware.count == words.count else {
      throw try unacceptable(section, "firmware", accepted: "uefi, bios, or both words")
    }
    return firmware
  }
}

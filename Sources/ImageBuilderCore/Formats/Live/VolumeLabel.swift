/// The label of the filesystem of an ISO image.
enum VolumeLabel {
  /// ISO 9660 has room for 32 characters.
  static let longestLength = 32

  /// The label by EIB's rule: product name, version and personality, with `-` for each sequence of
  /// other characters than letters, digits and `_`, cut at 32 characters.
  ///
  /// - Parameter personality: without the product's name and `_` in front.
  static func text(productName: String, version: String, personality: String) -> String {
    var label = ""
    for character in "\(productName) \(version) \(personality)".unicodeScalars {
      if isPlain(character) {
        label.unicodeScalars.append(character)
      } else if label.last != "-" {
        label.append("-")
      }
    }
    // GRUB takes a word that begins with - for an option.
    let usable = label.drop { $0 == "-" }.prefix(longestLength)
    return usable.isEmpty ? "LIVE" : String(usable)
  }

  private static func isPlain(_ character: Unicode.Scalar) -> Bool {
    character == "_" || character.isASCII && character.properties.isAlphabetic
      || ("0"..."9").contains(character)
  }
}

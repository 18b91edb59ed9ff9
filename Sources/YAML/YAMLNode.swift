import SystemPackage

/// A value of a YAML file. Scalars keep the text that is written: `8.10` stays `8.10`, and is not made a
/// number.
package struct YAMLNode: Sendable {
  package enum Content: Sendable {
    /// A text. It is plain if it is not in quotes and not a block.
    case scalar(String, isPlain: Bool)
    case sequence([YAMLNode])
    /// The keys are different texts.
    case mapping([(key: WrittenText, value: YAMLNode)])
  }

  package let content: Content
  package let place: WrittenText.Place

  /// Whether nothing is written: YAML 1.2, 10.2.1.1 "Null".
  package var isNull: Bool {
    guard case .scalar(let text, isPlain: true) = content else { return false }
    return ["", "~", "null", "Null", "NULL"].contains(text)
  }

  /// What the value is, for messages.
  var kind: String {
    switch content {
    case _ where isNull: "nothing"
    case .scalar: "a text"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}

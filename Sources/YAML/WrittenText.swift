import SystemPackage

/// A text, and where a person has written it.
package struct WrittenText: Sendable, Equatable {
  /// Where a text was written.
  package enum Place: Sendable, Equatable, CustomStringConvertible {
    /// A line of a file, counted from 1.
    case line(FilePath, Int)
    /// An option of the command line, such as `--name`.
    case option(String)

    package var description: String {
      switch self {
      case .line(let file, let line): "\(file):\(line)"
      case .option(let name): name
      }
    }
  }

  package let text: String
  package let place: Place

  package init(_ text: String, _ place: Place) {
    self.text = text
    self.place = place
  }
}

import Configuration

/// Everything that is wrong with a file, with the lines.
package struct YAMLProblems: ErrorList, ExitStatusError, CustomStringConvertible, Equatable {
  package struct Problem: Error, CustomStringConvertible, Equatable {
    let place: WrittenText.Place
    let text: String

    package var description: String { "\(place): \(visible(text))" }
  }

  package private(set) var problems: [Problem] = []

  package init() {}

  init(_ place: WrittenText.Place, _ text: String) {
    add(text, at: place)
  }

  package mutating func add(_ text: String, at place: WrittenText.Place) {
    problems.append(Problem(place: place, text: text))
  }

  /// - Throws: itself in the order of the lines, if there is a problem.
  package func check() throws {
    guard !problems.isEmpty else { return }
    var sorted = self
    sorted.problems.sort { $0.place.order < $1.place.order }
    throw sorted
  }

  package var errors: [any Error] { problems }
  package var exitStatus: ExitStatus { .dataError }
  package var description: String { problems.map(\.description).joined(separator: "\n") }
}

extension WrittenText.Place {
  /// Options of the command line come before the lines of files.
  fileprivate var order: Int {
    switch self {
    case .line(_, let line): line
    case .option: 0
    }
  }
}

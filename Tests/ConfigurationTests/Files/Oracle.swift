import Foundation
import SystemPackage
import TestSupport
import Testing

/// A Python program that computes the expected results of many cases.
enum Oracle {
  /// Returns the results of a program in Tests/Fixtures/oracles, one for each case.
  static func answers(of program: String, to cases: [Frames]) throws -> [ArraySlice<UInt8>] {
    let fixture = try Fixture()
    var input = Frames()
    for frames in cases { input.add(frames.bytes) }
    let (question, answer) = (fixture.path("question"), fixture.path("answer"))
    try Data(input.bytes).write(to: URL(fileURLWithPath: question.string))
    let script = Checkout.directory.appending("Tests/Fixtures/oracles").appending(program)
    let outcome = try Shell.start(
      "/usr/bin/env", ["python3", "-B", script.string, question.string, answer.string])
    try #require(outcome.status == 0, "\(outcome.errors)")
    let bytes = try Data(contentsOf: URL(fileURLWithPath: answer.string))
    let answers = Frames.split([UInt8](bytes)[...])
    try #require(answers.count == cases.count)
    return answers
  }

  /// Returns the seed of generated cases. It is constant unless SEED is set.
  static func seed() -> UInt64 {
    ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init) ?? 20_261_121
  }
}

/// A sequence of byte strings, each preceded by its length: LENGTH:BYTES.
///
/// Swift strings can be equal although their bytes differ. Frames are compared by bytes.
struct Frames {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ content: [UInt8]) {
    bytes += "\(content.count):".utf8
    bytes += content
  }

  mutating func add(_ text: String) {
    add(Array(text.utf8))
  }

  static func split(_ bytes: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var frames: [ArraySlice<UInt8>] = []
    var rest = bytes
    while let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
      let length = Int(String(decoding: rest[..<colon], as: UTF8.self)) ?? 0
      frames.append(rest[(colon + 1)...].prefix(length))
      rest = rest[(colon + 1)...].dropFirst(length)
    }
    return frames
  }
}

import Foundation
import SystemPackage
import TestSupport
import Testing

/// A Python program that says what is right for many cases at once.
enum Oracle {
  /// The answers of a program of Tests/Fixtures/oracles, one for each case.
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

  /// The seed of generated cases: always the same one unless SEED is set.
  static func seed() -> UInt64 {
    ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init) ?? 20_261_121
  }
}

/// Byte strings one after the other, each with its length in front: LENGTH:BYTES.
///
/// Swift's strings may be equal without being the same bytes; these are compared byte by byte.
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

import Foundation
import TestSupport
import Testing

@testable import Configuration

/// Random secrets in random text, in random forms. The seed is constant.
@Suite struct RandomSecretTests {
  @Test func nothingThatDecodesToASecretIsLeft() throws {
    var numbers = SeededGenerator(seed: 4711)
    let rounds = (0..<400).map { _ in
      (0..<Int.random(in: 1...4, using: &numbers)).map { _ in randomSecret(&numbers) }
    }
    let all = rounds.flatMap { $0 }
    let written = Dictionary(
      zip(all, try WritingPrograms.lines(writing: all)), uniquingKeysWith: +)
    for secrets in rounds {
      var text = ""
      var plain = ""
      for _ in 0..<12 {
        let noise = String((0..<5).map { _ in "0123456789 ,;".randomElement(using: &numbers)! })
        text += noise
        plain += noise
        if let secret = secrets.randomElement(using: &numbers), Bool.random(using: &numbers) {
          text += randomForm(of: secret, written[secret]!, &numbers)
        }
      }
      let filter = SecretFilter(secrets)
      let shown = filter(text)
      for decoded in decodings(of: Array(shown.utf8)) {
        for secret in secrets where contains(decoded, Array(secret.utf8)) {
          Issue.record("\(secret) of \(secrets) is in \(shown), which was \(text)")
        }
      }
      #expect(filter(plain) == plain)
    }
  }

  @Test func everyWayOfWritingIsKnown() throws {
    var numbers = SeededGenerator(seed: 4712)
    let secrets = (0..<60).map { _ in randomSecret(&numbers) }
    for (secret, lines) in zip(secrets, try WritingPrograms.lines(writing: secrets)) {
      let filter = SecretFilter([secret])
      for line in lines {
        let shown = filter(line)
        #expect(shown.contains(SecretFilter.replacement), "\(secret) is in \(line)")
        let left = shown.replacing("\\", with: "")
        for part in secret.indices.dropLast(3).map({ secret[$0...].prefix(4) }) {
          #expect(!left.contains(part), "\(secret) is in \(shown), which was \(line)")
        }
      }
    }
  }

  private func randomSecret(_ numbers: inout SeededGenerator) -> String {
    let characters = Array("abcxyzABC'\"\\%+/ &=\u{e9}\u{1F511}\t\u{1}?>~$")
    return "k"
      + String(
        (0..<Int.random(in: 6...24, using: &numbers)).map { _ in
          characters.randomElement(using: &numbers)!
        })
  }

  private func randomForm(
    of secret: String, _ written: [String], _ numbers: inout SeededGenerator
  ) -> String {
    switch Int.random(in: 0..<6, using: &numbers) {
    case 0: return secret
    case 1:
      let neighbours = ["", "u", "us", "use", "user:"]
      let text =
        neighbours.randomElement(using: &numbers)! + secret
        + neighbours.randomElement(using: &numbers)!
      let encoded = Data(text.utf8).base64EncodedString()
      guard Bool.random(using: &numbers) else { return encoded }
      return encoded.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    case 2: return written.randomElement(using: &numbers)!
    case 3:
      return String(decoding: (try? JSONEncoder().encode(secret)) ?? Data(), as: UTF8.self)
    case 4: return shellQuoted(secret)
    default:
      return secret.utf16.map { unit in
        let digits = String(unit, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }.joined()
    }
  }

  /// Returns the bytes, and the bytes decoded in each supported way.
  private func decodings(of bytes: [UInt8]) -> [[UInt8]] {
    let text = String(decoding: bytes, as: UTF8.self)
    let unescaped = try? JSONDecoder().decode(
      String.self, from: Data("\"\(text.replacing("\"", with: "\\\""))\"".utf8))
    return [
      bytes, percentDecoded(bytes),
      percentDecoded(bytes.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }),
      Array(text.replacing("'\\''", with: "'").utf8),
      bytes.filter { $0 != UInt8(ascii: "\\") },
      Array((unescaped ?? "").utf8),
    ] + base64Decodings(of: text)
  }

  private func percentDecoded(_ bytes: [UInt8]) -> [UInt8] {
    var decoded: [UInt8] = []
    var position = 0
    while position < bytes.count {
      let digits = String(decoding: bytes[position...].dropFirst().prefix(2), as: UTF8.self)
      if bytes[position] == UInt8(ascii: "%"), digits.utf8.count == 2,
        let byte = UInt8(digits, radix: 16)
      {
        decoded.append(byte)
        position += 3
      } else {
        decoded.append(bytes[position])
        position += 1
      }
    }
    return decoded
  }

  private func base64Decodings(of text: String) -> [[UInt8]] {
    let standard = text.replacing("-", with: "+").replacing("_", with: "/")
    let runs = standard.split { !($0.isASCII && ($0.isLetter || $0.isNumber || "+/".contains($0))) }
    return runs.flatMap { run in
      (0..<4).compactMap { offset in
        let part = run.dropFirst(offset)
        let padding = String(repeating: "A", count: (4 - part.count % 4) % 4)
        return Data(base64Encoded: part + padding).map { Array($0) }
      }
    }
  }

  private func contains(_ bytes: [UInt8], _ part: [UInt8]) -> Bool {
    bytes.indices.contains { bytes[$0...].starts(with: part) }
  }
}

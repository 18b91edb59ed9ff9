import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration

/// Changes one character of each name in the shipped configuration, and expects that the check
/// reports the line and suggests the original name. "make test-configuration" changes the first, the middle
/// and the last one in turn, which takes minutes, other runs one of them.
@Suite struct MisspellingTests {
  /// A name in a file of config/.
  private struct Name: CustomStringConvertible {
    let file: String
    let line: Int
    let text: String
    /// The number of bytes before the name in its line.
    let offset: Int

    var description: String { "\(file):\(line) \(text)" }
  }

  /// Where a name is changed.
  private enum Position: CaseIterable {
    case first, middle, last

    func index(in length: Int) -> Int {
      switch self {
      case .first: 0
      case .middle: length / 2
      case .last: length - 1
      }
    }
  }

  /// How many names are misspelt at once. One that another one hides is misspelt alone.
  private static let namesAtOnce = 12

  @Test func everyChangedNameIsRefusedWithPlaceAndSuggestion() async throws {
    let processors = ProcessInfo.processInfo.activeProcessorCount
    let checked = try await withThrowingTaskGroup(of: Int.self) { group in
      for share in 0..<processors {
        group.addTask { try await Self.checkMutations(share, of: processors) }
      }
      return try await group.reduce(0, +)
    }
    #expect(checked > (Thoroughness.isFull ? 1100 : 360))
  }

  /// Changes the names of every group whose number is `share` modulo `shares`, in a separate copy of
  /// config/.
  private static func checkMutations(_ share: Int, of shares: Int) async throws -> Int {
    let fixture = try Fixture()
    try Checkout.copyConfiguration(to: fixture.path("config"))
    let files = try Shell.run(
      "cd '\(fixture.directory)/config' && find . -name '*.ini' -printf '%P\n' | sort"
    ).lines
    let names = try files.flatMap { try Self.names(in: $0, fixture.text("config/\($0)")) }
    // The hooks do not change, so they are read only once.
    let lint = HookLint(try ConfigurationLoader(Self.sources(fixture)).site.known)
    let unchanged = await Self.findings(try Self.variant(for: "defaults.ini"), fixture, lint)
    #expect(unchanged.isEmpty, "\(unchanged.map(\.text))")
    /// Changes names of one file, and returns those that the check does not tell.
    func missing(
      in group: [Name], at position: Position, of original: String
    ) async throws -> [Name] {
      let file = group[0].file
      try fixture.write("config/\(file)", Self.changing(original, group, at: position))
      let findings = await Self.findings(try Self.variant(for: file), fixture, lint)
      return group.filter { name in
        let place = "\(fixture.path("config/\(name.file)")):\(name.line)"
        let meant = Self.suggestion(for: name)
        return !findings.contains {
          $0.text.contains(place)
            && $0.text.replacingOccurrences(of: place, with: "").contains(meant)
        }
      }
    }
    var mutations = 0
    for file in files {
      let inFile = names.filter { $0.file == file }
      let original = try fixture.text("config/\(file)")
      let groupCount = (inFile.count + Self.namesAtOnce - 1) / Self.namesAtOnce
      for first in stride(from: share, to: groupCount, by: shares) {
        // Far from each other, because what is misspelt hides what depends on it.
        let all = stride(from: first, to: inFile.count, by: groupCount).map { inFile[$0] }
        let positions = Position.allCases
        let chosen =
          Thoroughness.isFull ? positions : [positions[first % positions.count]]
        for position in chosen {
          let group = all.filter { Self.isMistake($0, at: position) }
          guard !group.isEmpty else { continue }
          for name in try await missing(in: group, at: position, of: original) {
            let missed = try await missing(in: [name], at: position, of: original)
            #expect(missed.isEmpty, "\(name) at \(position)")
          }
          mutations += group.count
        }
      }
      try fixture.write("config/\(file)", original)
    }
    return mutations
  }

  @Test(arguments: [
    ("eos", "product"), ("master", "branch"), ("pt_BR", "personality"), ("amd64", "platform"),
  ])
  func everyChangedAttributeIsRefusedWithASuggestion(value: String, attribute: String) async throws
  {
    let fixture = try Fixture()
    try Checkout.copyConfiguration(to: fixture.path("config"))
    let lint = HookLint(try ConfigurationLoader(Self.sources(fixture)).site.known)
    for position in value.utf8.indices {
      var bytes = Array(value.utf8)
      bytes[value.utf8.distance(from: value.startIndex, to: position)] = UInt8(ascii: "q")
      let changed = String(decoding: bytes, as: UTF8.self)
      let variant = try Variant(
        product: attribute == "product" ? changed : "eos",
        branch: attribute == "branch" ? changed : "master", arch: "amd64",
        platform: attribute == "platform" ? changed : nil,
        personality: attribute == "personality" ? changed : "en")
      let findings = await Self.findings(variant, fixture, lint)
      #expect(
        findings.contains {
          $0.text.hasPrefix("unknown \(attribute) '\(changed)'")
            && $0.text.contains("did you mean") && $0.text.contains(value)
        }, "\(findings.map(\.text))")
    }
  }

  private static func sources(_ fixture: Fixture) -> ConfigurationSources {
    ConfigurationSources(
      sourceDirectory: Checkout.directory, configDirectory: fixture.path("config"),
      systemDirectory: fixture.path("etc"), cacheDirectory: fixture.path("cache"))
  }

  private static func findings(
    _ variant: Variant, _ fixture: Fixture, _ lint: HookLint
  ) async -> [Finding] {
    do {
      return await VariantCheck(variant, try ConfigurationLoader(sources(fixture)), lint).errors
    } catch {
      return Finding.all(error)
    }
  }

  /// Returns a variant that reads the file and overrides as few of its values as possible, because
  /// references in overridden values are not checked.
  private static func variant(for file: String) throws -> Variant {
    let parts = file.dropLast(4).split(separator: "/").map(String.init)
    func value(_ attribute: String, _ standard: String) -> String {
      parts.count == 2 && parts[0] == attribute ? parts[1] : standard
    }
    let platform = parts.first == "platform" ? parts[1] : nil
    return try Variant(
      product: value("product", parts.count == 1 ? "eoscustom" : "eos"),
      branch: value("branch", "master"),
      arch: value("arch", platform == nil ? "amd64" : Architecture.arm64.rawValue),
      platform: platform, personality: value("personality", "en"))
  }

  private static func changing(_ text: String, _ names: [Name], at position: Position) -> String {
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
      Array($0.utf8)
    }
    for name in names {
      let index = name.offset + position.index(in: name.text.utf8.count)
      let old = lines[name.line - 1][index]
      lines[name.line - 1][index] = old == UInt8(ascii: "q") ? UInt8(ascii: "j") : UInt8(ascii: "q")
    }
    return lines.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\n")
  }

  /// Another name of a Flatpak remote is another remote.
  private static func isMistake(_ name: Name, at position: Position) -> Bool {
    let family = FlatpakRemoteOptions.sectionPattern.dropLast()
    return !name.text.hasPrefix(family)
      || position.index(in: name.text.utf8.count) < family.utf8.count
  }

  /// Returns the name that the check suggests. In schema.ini, this is the option without the suffix
  /// of the rule.
  private static func suggestion(for name: Name) -> String {
    guard name.file == "schema.ini" else { return name.text }
    return RuleSuffix.split(ExactName(name.text))?.option.text ?? name.text
  }

  /// Returns the sections, options, accepted values, hooks and deleted words of a file, and all
  /// names in its references.
  private static func names(in file: String, _ text: String) throws -> [Name] {
    let path = FilePath(file)
    let parsed = try INIFile(path: path, text: text)
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    func name(_ text: String, _ line: Int, isValue: Bool = false) -> Name? {
      guard let range = lines[line - 1].range(of: text, options: isValue ? .backwards : [])
      else { return nil }
      return name(lines[line - 1][range], line)
    }
    func name(_ text: Substring, _ line: Int) -> Name {
      let offset = lines[line - 1][..<text.startIndex].utf8.count
      return Name(file: file, line: line, text: String(text), offset: offset)
    }
    var names = parsed.headerLines.compactMap { name($0.key.text, $0.value) }
    for (_, options) in parsed.sections {
      for (option, value) in options {
        names += [name(option.text, value.line)].compactMap { $0 }
        let isWordList =
          file == "schema.ini" || option.text.hasPrefix("hooks_add") || option.text.contains("_del")
          || ["compression", "partition_table", "firmware"].contains(option.text)
        for line in Setting(value, in: parsed).lines {
          let number = line.origin.line ?? 0
          if line.text.contains("${") {
            names += lines[number - 1].matches(of: #/\${(?:([^:}]+):)?([^}]+)}/#).flatMap { match in
              [match.1, match.2].compactMap { $0.map { name($0, number) } }
            }
          } else if isWordList {
            // A changed pattern is another pattern, not a misspelled name.
            names += PythonText.words(line.text).filter { !$0.hasPrefix("regex:") }
              .compactMap { name($0, number, isValue: true) }
          }
        }
      }
    }
    return names.sorted { ($0.line, $0.offset) < ($1.line, $1.offset) }
  }
}

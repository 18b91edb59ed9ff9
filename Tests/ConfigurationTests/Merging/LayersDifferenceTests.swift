import SystemPackage
import TestSupport
import Testing

@testable import Configuration

/// Compares the settings of a variant with those of an independent Python implementation of the
/// documentation.
@Suite struct LayersDifferenceTests {
  private static let parts = 4
  private static let casesOfAPart = Thoroughness.isFull ? 250 : 60
  private static let buildVersion = "261121-070000"

  private struct Case {
    let root: FilePath
    let variant: Variant
    let files: [String: String]
  }

  @Test(arguments: 0..<parts)
  func layersComeToWhatTheDocumentationSays(part: Int) throws {
    let seed = Oracle.seed() &+ UInt64(part)
    var generator = GeneratedSite(generator: SeededGenerator(seed: seed))
    let fixture = try Fixture()
    let builtIn = try fixture.write("built-in.ini", Self.builtInDefaults())
    let cases = try (0..<Self.casesOfAPart).map { number in
      let variant = try generator.variant()
      return Case(
        root: fixture.path("\(number)"), variant: variant, files: generator.files(of: variant))
    }
    let expected = try Oracle.answers(
      of: "read-layers.py", to: cases.map { Self.question($0, builtIn: builtIn) })
    var accepted = 0
    for (number, site) in cases.enumerated() {
      let (here, refusal) = lines(of: site)
      let right = Frames.split(expected[number]).map {
        ExactName(String(decoding: $0, as: UTF8.self))
      }
      accepted += here.isEmpty ? 0 : 1
      if here.sorted() != right {
        let (here, right) = (Set(here), Set(right))
        Issue.record(
          """
          case \(number), SEED=\(seed): \(site.variant) \(site.files) \(refusal)
          only the oracle: \(right.subtracting(here).map(\.text).sorted())
          only here: \(here.subtracting(right).map(\.text).sorted())
          """)
      }
    }
    #expect(accepted > cases.count / 4, "SEED=\(seed)")
    #expect(accepted < cases.count, "SEED=\(seed)")
  }

  private static func builtInDefaults() -> String {
    Options.sections.filter { $0.options.contains { $0.defaultText != nil } }.map { section in
      "[\(section.name.text)]\n"
        + section.options.map { option in
          option.defaultText.map { text in
            let lines = text.split(separator: "\n").joined(separator: "\n ")
            return "\(option.nameOfDefault.text) = \(lines)\n"
          } ?? ""
        }.joined()
    }.joined()
  }

  private static func question(_ site: Case, builtIn: FilePath) -> Frames {
    var frames = Frames()
    frames.add(site.root.string)
    for (_, value) in site.variant.attributes { frames.add(value) }
    frames.add(buildVersion)
    frames.add(builtIn.string)
    for (name, text) in site.files {
      frames.add(name)
      frames.add(text)
    }
    return frames
  }

  /// Returns all options with their expanded values, and the environments of the complete and the
  /// public view. If the files are invalid, returns no lines and the error.
  private func lines(of site: Case) -> ([ExactName], refusal: String) {
    let sources = ConfigurationSources(
      sourceDirectory: site.root, systemDirectory: site.root.appending("etc"),
      cacheDirectory: "/var/cache/x",
      localDirectories: ["local", "local2"].filter { name in
        site.files.keys.contains { $0.hasPrefix("\(name)/") }
      }.map(site.root.appending),
      fleet: site.files.keys.contains { $0.hasSuffix("/fleet/nightly.ini") } ? "nightly" : nil,
      variablesFile: site.files["vars.ini"].map { _ in site.root.appending("vars.ini") })
    let configuration: Configuration
    do {
      configuration = try Configuration.load(
        site.variant, from: sources, settings: BuildSettings(buildVersion: Self.buildVersion))
    } catch {
      return ([], "\(error)")
    }
    let values = configuration.complete.names.map { name in
      let value = try? configuration.expanded(name).text
      return "\(name.section.text):\(name.option.text)"
        + (value.map { " = \($0)" } ?? " is refused")
    }
    func environment(_ label: String, _ view: Configuration.View) -> [String] {
      ((try? configuration.environment(view)) ?? []).map { "\(label) \($0.name)=\($0.value)" }
    }
    let environments = environment("complete", .complete) + environment("public", .public)
    return ((values + environments).map { ExactName($0) }, "")
  }
}

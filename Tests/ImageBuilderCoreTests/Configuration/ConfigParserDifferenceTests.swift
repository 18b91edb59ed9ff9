import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import ImageBuilderCore

/// What a parser makes of some files read one after the other; nil where it refuses. Texts are
/// lists of bytes in hexadecimal digits, since equal strings need not be the same bytes.
private struct Reading: Equatable, Decodable {
  struct Option: Equatable, Decodable {
    let name: String
    let text: String
    let value: String?
  }

  struct Section: Equatable, Decodable {
    let name: String
    let options: [Option]
  }

  let sections: [Section]?
}

@Suite struct ConfigParserDifferenceTests {
  private static let cases = 600

  private static let python = """
    import configparser, glob, json, sys
    def raw(text): return text.encode().hex()
    def reading(files):
        parser = configparser.ConfigParser(interpolation=configparser.ExtendedInterpolation())
        try:
            for file in files:
                parser.read(file, encoding="utf-8")
        except configparser.Error:
            return {}
        sections = []
        for section in parser.sections():
            options = []
            for option in parser.options(section):
                text = parser.get(section, option, raw=True)
                try:
                    value = raw(parser.get(section, option))
                except configparser.Error:
                    value = None
                options.append({"name": raw(option), "text": raw(text), "value": value})
            sections.append({"name": raw(section), "options": options})
        return {"sections": sections}
    directory, cases = sys.argv[1], int(sys.argv[2])
    files = lambda case: sorted(glob.glob(f"{directory}/{case}-*.ini"))
    print(json.dumps([reading(files(case)) for case in range(cases)]))
    """

  @Test func readsWhatPythonReads() throws {
    let fixture = try Fixture()
    let seed = ProcessInfo.processInfo.environment["SEED"].flatMap(UInt64.init) ?? 20_261_121
    var files = GeneratedFile(generator: SeededGenerator(seed: seed))
    for number in 0..<Self.cases {
      for part in 0...(number % 3) {
        try fixture.write("\(number)-\(part).ini", files.text())
      }
    }
    let outcome = try Shell.start(
      "/usr/bin/env", ["python3", "-c", Self.python, "\(fixture.directory)", "\(Self.cases)"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let expected = try JSONDecoder().decode([Reading].self, from: Data(outcome.output.utf8))
    #expect(expected.count == Self.cases)
    for number in 0..<Self.cases {
      let paths = (0...(number % 3)).map { fixture.path("\(number)-\($0).ini") }
      let texts = try paths.map(TextFile.read)
      #expect(reading(of: paths) == expected[number], "case \(number), seed \(seed): \(texts)")
    }
    let accepted = expected.filter { $0.sections != nil }
    #expect(accepted.count > Self.cases / 10)
  }

  private func reading(of files: [FilePath]) -> Reading {
    var store = SettingStore()
    do {
      for file in files {
        store.add(try INIFile(path: file))
      }
    } catch {
      return Reading(sections: nil)
    }
    let interpolator = Interpolator(store: store)
    return Reading(
      sections: store.sections.keys.map { section in
        Reading.Section(
          name: hex(section.text),
          options: store.options(in: section).compactMap { option in
            guard let setting = store[section, option] else { return nil }
            let name = OptionName(section: section, option: option)
            let value = try? interpolator.value(of: name, setting: setting)
            return Reading.Option(
              name: hex(option.text), text: hex(setting.text),
              value: value.map { hex($0.text) })
          })
      })
  }

  private func hex(_ text: String) -> String {
    text.utf8.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }
}

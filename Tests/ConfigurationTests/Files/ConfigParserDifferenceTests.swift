import TestSupport
import Testing

@testable import Configuration

@Suite struct ConfigParserDifferenceTests {
  private static let cases = 6000

  @Test func readsWhatPythonReads() throws {
    let seed = Oracle.seed()
    var generator = GeneratedFile(generator: SeededGenerator(seed: seed))
    let cases = (0..<Self.cases).map { number in
      (0...(number % 3)).map { _ in generator.bytes() }
    }
    let expected = try Oracle.answers(
      of: "read-files.py",
      to: cases.map { files in
        var frames = Frames()
        for file in files { frames.add(file) }
        return frames
      })
    var accepted = 0
    for (number, files) in cases.enumerated() {
      let reading = reading(of: files)
      accepted += reading.isEmpty ? 0 : 1
      if !reading.elementsEqual(expected[number]) {
        Issue.record(
          """
          case \(number), SEED=\(seed): \(files.map { String(decoding: $0, as: UTF8.self) })
          Python: \(text(expected[number]))
          here: \(text(reading[...]))
          """)
      }
    }
    #expect(accepted > Self.cases / 3, "SEED=\(seed)")
    #expect(accepted < Self.cases * 9 / 10, "SEED=\(seed)")
  }

  private func text(_ reading: ArraySlice<UInt8>) -> [String] {
    Frames.split(reading).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Returns the sections with their options, as written and expanded; empty if a file is invalid.
  private func reading(of files: [[UInt8]]) -> [UInt8] {
    var store = SettingStore()
    do {
      for file in files {
        store.add(try INIFile(path: "/x.ini", text: TextFile.text(of: "/x.ini", bytes: file)))
      }
    } catch {
      return []
    }
    let interpolator = Interpolator(store: store)
    var found = Frames()
    found.add("accepted")
    for section in store.sections.keys {
      found.add("[\(section.text)")
      for option in store.options(in: section) {
        let name = OptionName(section: section, option: option)
        guard let setting = store[name] else { continue }
        let value = try? interpolator.value(of: name, setting: setting)
        found.add(option.text)
        found.add(setting.text)
        found.add(value.map { "+\($0.text)" } ?? "-")
      }
    }
    return found.bytes
  }
}

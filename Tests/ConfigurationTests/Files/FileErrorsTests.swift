import TestSupport
import Testing

@testable import Configuration

/// The messages about invalid files.
@Suite struct FileErrorsTests {
  @Test(
    arguments: [
      ([0x80], 1, 0), ([0x5B, 0x61, 0xC3, 0x28], 1, 2), ([0xC3, 0xA9, 0x0A, 0xFF], 2, 3),
      ([0x0D, 0x0A, 0x0D, 0x61, 0xED, 0xA0, 0x80], 3, 4), ([0x0A, 0x0A, 0xF0, 0x9F], 3, 2),
      ([0x61, 0x0A, 0xC0, 0xAF], 2, 2), ([0xF4, 0x90, 0x80, 0x80], 1, 0),
    ] as [([UInt8], Int, Int)])
  func filesThatAreNotUTF8NameLineAndByte(_ bytes: [UInt8], _ line: Int, _ offset: Int) {
    let error = #expect(throws: ConfigurationError.self) {
      try TextFile.text(of: "/x.ini", bytes: bytes)
    }
    #expect(
      error?.description
        == "/x.ini:\(line): byte \(offset) of the file is not valid UTF-8; save the file as UTF-8")
  }

  @Test func byteOrderMarksAreNotPartOfAName() throws {
    let site = try Site(["config/defaults.ini": "\u{FEFF}[a]\n"])
    let path = site.fixture.path("config/defaults.ini")
    #expect(throws: ConfigurationError.byteOrderMark(path)) { try site.load() }
    #expect(
      ConfigurationError.byteOrderMark("/x.ini").description
        == "/x.ini: byte 0 starts a byte order mark; save the file as UTF-8 without one")
  }

  @Test func errorsOfOneFileAreToldTogether() {
    let error = #expect(throws: ConfigurationError.self) {
      try INIFile(
        path: "/x.ini",
        text: """
          early = 1
          [a]
          key
          one = 1
          = 2
          One = 3
          [a]
          two
          """)
    }
    #expect(
      error?.description == """
        /x.ini:1: an option before the first section; put a line [SECTION] above it
        /x.ini:3: neither [SECTION] nor OPTION = VALUE; indent the line when it continues a value
        /x.ini:5: no option name before the = or :
        /x.ini:6: option a:one is already set in this file, at /x.ini:4; keep one of the two
        /x.ini:7: section [a] is already in this file, at /x.ini:2; join the two
        /x.ini:8: neither [SECTION] nor OPTION = VALUE; indent the line when it continues a value
        """)
  }

  @Test func errorsOfSeveralFilesAreToldTogether() throws {
    let site = try Site([
      "config/defaults.ini": "[a]\nkey\n", "config/product/eos.ini": "x = 1\n",
    ])
    let error = #expect(throws: ConfigurationError.self) { try site.load() }
    let lines = error?.description.split(separator: "\n") ?? []
    #expect(lines.count == 2)
    #expect(lines.first?.contains("config/defaults.ini:2: neither") == true)
    #expect(lines.last?.contains("config/product/eos.ini:1: an option") == true)
  }

  @Test func whatIsNoFileIsRefused() throws {
    let site = try Site(["config/defaults.ini": ""])
    for (command, message) in [
      ("mkfifo", "is not a regular file"), ("mkdir", "cannot be read"),
      ("ln -s /dev/zero", "is not a regular file"), ("ln -s /nowhere", "cannot be read"),
      ("truncate -s 70M", "is larger than 64 MiB"),
    ] {
      let path = site.fixture.path("config/local.ini")
      try Shell.run("rm -rf '\(path)'; \(command) '\(path)'")
      let error = #expect(throws: ConfigurationError.self, "\(command)") { try site.load() }
      #expect(error?.description.contains("local.ini: \(message)") == true, "\(command)")
    }
  }

  @Test func anUnclosedHeaderIsToldAsSuch() throws {
    let site = try Site(["config/local.ini": "[image\nx = 1\n"])
    let error = #expect(throws: ConfigurationError.self) { try site.load() }
    #expect(error?.description.contains("local.ini:1: a section header without ]") == true)
  }
}

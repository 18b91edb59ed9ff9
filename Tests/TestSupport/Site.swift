import Configuration
import SystemPackage

/// A configuration in a separate directory, for one test.
package struct Site {
  package let fixture: Fixture
  private let fleet: String?

  /// Writes files. Their paths are relative to the fixture: `config/...` belongs to the checkout,
  /// `etc/...` to the host, `local/...` and `local2/...` to local directories; `vars.ini` is read
  /// as with `--vars`.
  package init(_ files: [String: String], fleet: String? = nil) throws {
    fixture = try Fixture()
    self.fleet = fleet
    for (path, text) in files {
      try fixture.write(path, text)
    }
  }

  package var sources: ConfigurationSources {
    ConfigurationSources(
      sourceDirectory: fixture.directory, systemDirectory: fixture.path("etc"),
      cacheDirectory: "/var/cache/x",
      localDirectories: ["local", "local2"].filter(fixture.exists).map(fixture.path),
      fleet: fleet, variablesFile: fixture.exists("vars.ini") ? fixture.path("vars.ini") : nil)
  }

  /// Loads a variant of the architecture amd64.
  package func load(
    product: String = "eos", branch: String = "eos5.1", platform: String? = nil,
    personality: String = "en"
  ) throws -> Configuration {
    try Configuration.load(
      Variant(
        product: product, branch: branch, arch: "amd64", platform: platform,
        personality: personality),
      from: sources, settings: BuildSettings(buildVersion: "261121-070000"))
  }
}

extension Configuration {
  /// Reads the schema and the files of one variant.
  package static func load(
    _ variant: Variant, from sources: ConfigurationSources, settings: BuildSettings
  ) throws(ConfigurationError) -> Configuration {
    try ConfigurationLoader(sources).load(variant, settings: settings)
  }

  /// Returns whether an option is set, possibly to an empty value.
  package func has(_ section: String, _ option: String) -> Bool {
    isSet(OptionName(section: ExactName(section), option: ExactName(option)))
  }

  /// The errors that `validate()` throws; empty if it throws none.
  package var validationMessage: String {
    do {
      try validate()
      return ""
    } catch {
      return error.description
    }
  }

  /// Returns the words of an option.
  package func words(_ section: String, _ option: String) throws -> [String] {
    PythonText.words(try value(section, option))
  }
}

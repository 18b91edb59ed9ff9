import SystemPackage

/// Finds hooks that will fail because they install Flatpaks by the module `eibflatpak` of this
/// program, which installs none.
struct FlatpakHooks {
  private static let moduleName = "eibflatpak"
  /// A text in the module of this program. A site may have a module of its own.
  private static let markOfModule = "installs no Flatpaks"

  private let configuration: Configuration
  private let paths: BuildPaths
  private let texts: ScriptTexts

  init(_ configuration: Configuration, _ paths: BuildPaths, _ texts: ScriptTexts) {
    self.configuration = configuration
    self.paths = paths
    self.texts = texts
  }

  /// Returns the first hook of these that will fail.
  func missing(_ hooks: [FilePath]) -> [MissingRequirement] {
    let remotes = configuration.enabledFlatpakRemotes
    guard let remote = remotes.first, usesOwnModule,
      let hook = hooks.first(where: { texts.text(of: $0).modules.contains(Self.moduleName) })
    else { return [] }
    let place =
      configuration.complete[EIBOptions.flatpakSwitch]?.origin
      ?? configuration.complete.options(in: remote).first
      .flatMap { configuration.complete[remote, $0]?.origin }
    let names = remotes.map { $0.text.dropFirst(EIBOptions.flatpakRemotes.count - 1) }
    return [
      MissingRequirement(
        place: place ?? .program,
        text: "\(hook.lastComponent?.string ?? "") cannot install Flatpaks from "
          + "\(names.joined(separator: ", ")), because this version of image-builder installs none; "
          + "set [flatpak] enable = false",
        package: nil)
    ]
  }

  private var usesOwnModule: Bool {
    let directories = paths.pythonPath.split(separator: ":").map { FilePath(String($0)) }
    let module = directories.map { $0.appending("\(Self.moduleName).py") }.first(
      where: TextFile.exists)
    let text = module.flatMap { try? TextFile.read($0) }
    return text?.contains(Self.markOfModule) ?? false
  }
}

extension Configuration {
  /// The sections of the Flatpak remotes that are switched on; none if Flatpak is off. A switch that
  /// is not set is on.
  var enabledFlatpakRemotes: [ExactName] {
    guard isOn(EIBOptions.flatpakSwitch) else { return [] }
    return complete.sections.keys.filter {
      Glob.matches($0.text, EIBOptions.flatpakRemotes)
        && isOn(OptionName(section: $0, option: "enable"))
    }
  }

  private func isOn(_ name: OptionName) -> Bool {
    guard isSet(name), let text = try? text(of: name) else { return true }
    return BooleanSyntax.value(text) != false
  }
}

import SystemPackage

@testable import Configuration

/// The entry point of libFuzzer for programs that have their own main function.
@_silgen_name("LLVMFuzzerRunDriver")
private func runFuzzer(
  _ argumentCount: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ test: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// Reads arbitrary bytes as configuration files. No input may crash the program, and an accepted
/// configuration must be the same after it is saved and read.
@main enum ConfigurationFuzzer {
  static func main() {
    var count = CommandLine.argc
    var arguments = CommandLine.unsafeArgv
    let status = runFuzzer(&count, &arguments) { bytes, count in
      FuzzedSite(UnsafeBufferPointer(start: bytes, count: count)).check()
      return 0
    }
    precondition(status == 0)
  }
}

/// The files of one input, separated by bytes that do not occur in text: the schema, then the
/// layers.
private struct FuzzedSite {
  private static let separator: UInt8 = 0xFF
  private static let saved: FilePath = "/saved.ini"

  private let parts: [[UInt8]]

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    parts = bytes.split(
      separator: FuzzedSite.separator, maxSplits: 4, omittingEmptySubsequences: false
    ).map(Array.init)
  }

  func check() {
    do throws(ConfigurationError) {
      checkViews(try configuration())
    } catch {
      precondition(!error.description.isEmpty)
    }
  }

  private func configuration() throws(ConfigurationError) -> Configuration {
    var schema = Schema()
    var merged = MergedOptions()
    if parts.count > 1 {
      try schema.add(try file("/schema.ini", parts[0]))
      for option in schema.mergedOptions { merged.declare(option) }
    }
    let known = KnownNames(schema, merged, programNames: Options.names)
    var store = SettingStore()
    var layers: [LoadedLayer] = []
    for (number, bytes) in parts.dropFirst(parts.count > 1 ? 1 : 0).enumerated() {
      let path = FilePath("/\(number).ini")
      let layer = ConfigurationLayer(path: path, namespace: ExactName("layer_\(number)"))
      var file = try file(path, bytes)
      let findings = known.findings(in: file)
      file.qualifyMergedOptions(merged, namespace: layer.namespace)
      store.add(file)
      layers.append(LoadedLayer(layer: layer, file: file, findings: findings, warnings: []))
    }
    var merger = Merger(merged)
    try merger.merge(&store) { store, _ in Interpolator(store: store, isSecret: schema.isSecret) }
    var site = SiteNames()
    site.findings = schema.findings
    return Configuration(
      complete: store, publicOnly: store, beginning: SettingStore(), layers: layers,
      mergedWords: merger.words, merged: merged, schema: schema, sources: nil, variant: nil,
      site: site)
  }

  private func file(_ path: FilePath, _ bytes: [UInt8]) throws(ConfigurationError) -> INIFile {
    try INIFile(path: path, text: TextFile.text(of: path, bytes: bytes))
  }

  private func checkViews(_ configuration: Configuration) {
    // Each problem must have a description. The tests check the text.
    try? configuration.validate()
    precondition(configuration.warnings.allSatisfy { !$0.description.isEmpty })
    for section in configuration.complete.sections.keys {
      _ = try? configuration.explanation(of: section.text, asJSON: false)
    }
    _ = configuration.privateValues
    _ = try? configuration.environmentText(.complete, asJSON: true)
    _ = try? configuration.rendered(.public, resolved: true)
    guard let text = try? configuration.rendered(.complete, resolved: false) else { return }
    let saved = SettingStore(reading: text, of: FuzzedSite.saved)
    let names = configuration.complete.names
    precondition(saved.names == names, "a saved configuration has other options")
    for name in names {
      precondition(value(name, in: saved) == value(name, in: configuration.complete))
    }
  }

  /// Returns the text of an option and its expanded value, which is nil if it cannot be expanded.
  private func value(_ name: OptionName, in store: SettingStore) -> [ExactName?] {
    guard let setting = store[name] else { return [] }
    let expanded = try? Interpolator(store: store).value(of: name, setting: setting).text
    return [ExactName(setting.text), expanded.map { ExactName($0) }]
  }
}

extension SettingStore {
  /// Reads a saved configuration, which must be valid.
  fileprivate init(reading text: String, of path: FilePath) {
    self.init()
    do throws(ConfigurationError) {
      add(try INIFile(path: path, text: text))
    } catch {
      fatalError("a saved configuration cannot be read: \(error)")
    }
  }
}

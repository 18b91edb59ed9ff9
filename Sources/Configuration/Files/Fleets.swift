import SystemPackage

/// What the command line names in addition to the variant: fleets, `--vars` and `--localdir`.
extension ConfigurationSources {
  /// The directory of the files of fleets, in a configuration directory.
  static let fleetFolder = "fleet"

  /// Returns the file of a fleet in a configuration directory.
  static func file(of fleet: String, in directory: FilePath) -> FilePath {
    directory.appending(fleetFolder).appending("\(fleet).ini")
  }

  /// The names of the fleets that have a file, sorted.
  package var fleets: [String] {
    let files = attributeDirectories.flatMap {
      INIFile.names(in: $0.appending(Self.fleetFolder))
    }
    return Set(files.map { String($0.dropLast(4)) }.filter(FileNamePart.isValid)).sorted()
  }

  /// Checks what the command line names.
  ///
  /// - Throws: `ConfigurationError` for a fleet without a file, for a `--vars` that does not exist or
  ///   is private, and for a `--localdir` that no search path can contain.
  func check() throws(ConfigurationError) {
    if let fleet { try check(fleet: fleet) }
    if let variablesFile { try check(variablesFile: variablesFile) }
    for directory in localDirectories { try directory.refuseColon(option: "build:localdir") }
  }

  private func check(fleet: String) throws(ConfigurationError) {
    guard FileNamePart.isValid(fleet) else { throw .badName(what: "fleet", found: fleet) }
    let files = attributeDirectories.map { Self.file(of: fleet, in: $0) }
    guard files.contains(where: Directories.exists) else {
      throw .unknownFleet(fleet, known: fleets, files: files)
    }
  }

  private func check(variablesFile file: FilePath) throws(ConfigurationError) {
    guard Directories.exists(file) else { throw .missingVariablesFile(file) }
    guard !ConfigurationLayer.privateLayers(self).map(\.path).contains(file) else {
      throw .privateVariablesFile(file)
    }
  }
}

extension FilePath {
  /// Refuses the directory of an option in which hooks find programs and modules if its path has a
  /// colon.
  func refuseColon(option: String) throws(ConfigurationError) {
    guard string.contains(":") else { return }
    throw .unusablePath(
      option: option, self,
      reason: "contains a colon, which separates the directories of PATH and PYTHONPATH; move it")
  }
}

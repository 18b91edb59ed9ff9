extension Configuration {
  /// Properties of the image that exclude each other, or that its architecture does not have.
  var imageConflicts: [ConfigurationError] {
    secondDiskConflicts + secureBootConflicts + efiSystemConflicts + netbootConflicts
  }

  /// The size of the EFI system partition in bytes.
  ///
  /// - Parameter board: the board of the platform; nil if it is none.
  package func efiSystemSizeInBytes(for board: Board?) throws(ConfigurationError) -> UInt64 {
    let option = Options.image.efiSystemSize
    let sizes = Board.efiSystemFAT(of: board).efiSystemSizesInBytes
    guard let size = try value(option), sizes.contains(size) else {
      throw try unacceptable(
        option, accepted: ByteSizeSyntax.accepted(from: sizes.lowerBound, to: sizes.upperBound))
    }
    return size
  }

  private var efiSystemConflicts: [ConfigurationError] {
    // `validate()` reports values that cannot be read.
    guard let platform = try? value(Options.build.platform),
      (try? value(Options.image.efiSystemSize)) != nil
    else { return [] }
    do throws(ConfigurationError) {
      _ = try efiSystemSizeInBytes(for: Board.named(platform))
      return []
    } catch {
      return [error]
    }
  }

  private var netbootConflicts: [ConfigurationError] {
    let option = Options.image.kernelArguments
    guard isTrue(Options.image.makesNetboot.name), let arguments = try? value(option) else {
      return []
    }
    return arguments.compactMap { argument in
      IPXESyntax.problem(argument).map {
        unusable(
          option.name,
          "has \(argument), which scripts of iPXE (image:netboot) cannot have: it \($0)")
      }
    }
  }

  private var secondDiskConflicts: [ConfigurationError] {
    let image = Options.image
    let second = image.hasSecondDisk.name
    guard isTrue(second) else { return [] }
    let formats = [image.makesISO, image.makesNetboot, image.makesVHD, image.makesGCE]
    return formats.map(\.name).filter(isTrue).map { format in
      unusable(
        format,
        "is true, but its format has one disk, and \(place(of: second)) makes two: set one of both to "
          + "false")
    }
  }

  private var secureBootConflicts: [ConfigurationError] {
    let option = Options.image.hasSecureBoot.name
    // `validate()` reports values that cannot be read.
    guard isTrue(option), let arch = try? value(Options.build.arch),
      let firmware = try? value(Options.image.firmware)
    else { return [] }
    if !arch.hasSecureBoot {
      return [
        unusable(
          option, "is true, but it exists for amd64 and not for \(arch.rawValue): set it to false")
      ]
    }
    guard !firmware.contains(.uefi) else { return [] }
    return [
      unusable(
        option,
        "is true, but Secure Boot is a part of UEFI, and there is no uefi in "
          + "\(place(of: Options.image.firmware.name)): add it, or set this option to false")
    ]
  }

  private func isTrue(_ name: OptionName) -> Bool {
    isSet(name) && (try? text(of: name)).flatMap(BooleanSyntax.value) == true
  }

  private func place(of name: OptionName) -> String {
    complete[name].map { "\(name) (\($0.origin))" } ?? "\(name)"
  }
}

import TestSupport
import Testing

@testable import Configuration

/// Properties of the image that exclude each other.
@Suite struct ImageConflictsTests {
  private func problems(_ image: String, arch: String = "amd64") throws -> String {
    let site = try Site(["config/local.ini": "[image]\n\(image)\n"])
    return try Configuration.load(
      Variant(product: "test", arch: arch), from: site.sources,
      settings: BuildSettings(buildVersion: "1")
    ).validationMessage
  }

  @Test(arguments: ["iso", "netboot", "vhd", "gce"], ["second_disk", "split"])
  func aFormatWithOneDiskCannotHaveTwo(format: String, second: String) throws {
    let text = try problems("\(second) = true\n\(format) = true")
    #expect(
      text.contains("config/local.ini:3: image:\(format) is true, but its format has one disk"))
    #expect(text.contains("image:second_disk ("), "\(text)")
    #expect(text.contains("local.ini:2) makes two: set one of both to false"), "\(text)")
    #expect(try problems("\(second) = true\n\(format) = false") == "")
    #expect(try problems("\(second) = false\n\(format) = true") == "")
  }

  @Test func secureBootExistsForUEFIOnPCs() throws {
    #expect(try problems("secure_boot = true") == "")
    for arch in ["arm64", "i386"] {
      let text = try problems("secure_boot = true", arch: arch)
      #expect(text.contains("local.ini:2: image:secure_boot is true, but it exists for amd64"))
      #expect(text.contains("not for \(arch)"))
    }
    let text = try problems("secure_boot = true\nfirmware = bios")
    #expect(
      text.contains("local.ini:2: image:secure_boot is true, but Secure Boot is a part of UEFI"))
    #expect(text.contains("image:firmware ("))
  }

  @Test func aFormerNameIsAcceptedWithAWarning() throws {
    let option = Options.image.hasSecondDisk
    for policy in ["warn", "error"] {
      let schema = "[schema]\nunknown = \(policy)\n"
      let site = try Site([
        "config/product/eos.ini": "", "config/branch/eos5.1.ini": "",
        "config/personality/en.ini": "", "config/schema.ini": schema,
        "config/local.ini": "[image]\nsplit = yes\n",
      ])
      let configuration = try site.load()
      #expect(try configuration.value(option))
      #expect(configuration.validationMessage == "")
      let warnings = configuration.warningsOfHooks.map(\.description)
      #expect(warnings.count == 1, "\(warnings)")
      #expect(
        warnings.first?.hasSuffix("local.ini:2) is deprecated; use image:second_disk") == true)
    }
    #expect(try !Site(["config/local.ini": "[image]\nsplit = 0\n"]).load().value(option))
    #expect(try problems("split = maybe").contains("local.ini:2: image:second_disk is 'maybe'"))
    let both = "[image]\nsplit = true\nsecond_disk = false\n"
    #expect(try !Site(["config/local.ini": both]).load().value(option))
    let explained = try Site(["config/local.ini": "[image]\nsplit = 1\n"]).load()
      .explanation(of: "image:second_disk", asJSON: false)
    #expect(explained.contains("local.ini:2"), "\(explained)")
    #expect(
      try Site([:]).load().explanation(of: "image:split", asJSON: false)
        .contains("image:second_disk"))
  }

  @Test func argumentsThatIPXEWouldChangeAreRefusedWithNetboot() throws {
    let arguments = "kernel_args_add = a=b ; c=$${d}"
    let text = try problems("\(arguments)\nnetboot = true")
    #expect(text.contains("image:kernel_args has ;, which scripts of iPXE"), "\(text)")
    #expect(text.contains("image:kernel_args has c=${d}, which scripts of iPXE"), "\(text)")
    #expect(try problems(arguments) == "")
  }

  /// Sizes that no disk, no machine or no filesystem has.
  @Test(arguments: [
    ("image", "extra_space", "9999999T", "a size from 0 to 1T"),
    ("image", "qcow2_extra_size", "900T", "a size from 0 to 1T"),
    ("image", "esp_size", "15M", "a size from 16M to 1G"),
    ("image", "esp_size", "1025M", "a size from 16M to 1G"),
    ("vm", "extra_size", "8000000T", "a size from 0 to 1T"),
    ("vm", "memory", "0", "a size from 64M to 1T that is a multiple of 1M"),
    ("vm", "memory", "1500000000", "a size from 64M to 1T that is a multiple of 1M"),
    ("vm", "cpus", "1000000", "a whole number from 1 to 1024"),
    ("vm", "hardware", "vmx-0", "vmx-"), ("boot_test", "memory", "1T1", "a number of bytes"),
    ("boot_test", "memory", "2T", "a size from 64M to 1T"),
  ])
  func sizesThatNothingHasAreRefused(
    section: String, option: String, value: String, accepted: String
  )
    throws
  {
    let header = section == "image" ? "" : "[\(section)]\n"
    let text = try problems("\(header)\(option) = \(value)")
    #expect(text.contains("\(section):\(option) is '\(value)'; accepted: "), "\(text)")
    #expect(text.contains(accepted), "\(text)")
  }

  @Test func sizesAndHooksOfEIBsDisksAreToldToHaveNoEffect() throws {
    let configuration = try Site([
      "config/product/test.ini":
        "[image]\nsplit = true\ndisk1_size = 16G\ndisk2_size = 8G\n[split]\nhooks = 50-x\n",
      "hooks/split/50-x": "true\n",
    ]).load(product: "test")
    let warnings = configuration.warningsOfHooks.map(\.description)
    for (name, effect) in [
      ("image:disk1_size", "the disk is as large"), ("image:disk2_size", "the second disk is as"),
      ("split:hooks", "they do not run"),
    ] {
      #expect(
        warnings.contains { $0.contains("\(name) (") && $0.contains("so \(effect)") },
        "\(name): \(warnings)")
    }
  }
}

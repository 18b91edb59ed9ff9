/// `[boot_test]`: whether and how the image is booted before it is published.
package struct BootTestOptions: OptionSection {
  let name: ExactName = "boot_test"
  let firstStage: Stage? = .check

  package let isEnabled = DeclaredOption<Bool>("boot_test", "enable", default: false)
  package let firmware = DeclaredOption<[Firmware]>(
    "boot_test", "firmware", default: "${image:firmware}", mayBeEmpty: false)
  package let timeout = DeclaredOption<Duration>("boot_test", "timeout", default: "600s")
  package let memory = DeclaredOption<UInt64>(
    "boot_test", "memory", default: "2G", atLeast: 64 << 20, atMost: 1 << 40)
  package let successPattern = DeclaredOption<String>(
    "boot_test", "success_pattern", default: "", rule: .type(.pattern))
}

/// What starts the boot loader of a machine.
package enum Firmware: String, Sendable, CaseIterable, Codable {
  case uefi, bios
}

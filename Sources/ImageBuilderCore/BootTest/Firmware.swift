/// What starts the boot loader of a machine.
public enum Firmware: String, Sendable, CaseIterable, Codable {
  case uefi, bios
}

/// `[vm]`: the virtual machine in the OVF package.
package struct VirtualMachineOptions: OptionSection {
  let name: ExactName = "vm"
  let firstStage: Stage? = .image

  package let processors = DeclaredOption<Int>(
    "vm", "cpus", default: 2, atLeast: 1, atMost: 1024)
  package let memory = DeclaredOption<UInt64>(
    "vm", "memory", default: "2G", atLeast: 64 << 20, atMost: 1 << 40, inUnitsOf: 1 << 20)
  package let extraSize = DeclaredOption<UInt64>(
    "vm", "extra_size", default: "10G", atMost: DiskSize.mostExtraInBytes)
  package let hardware = DeclaredOption<String>(
    "vm", "hardware", default: "vmx-13", type: .regex("vmx-(0[4-9]|[12][0-9])"))
}

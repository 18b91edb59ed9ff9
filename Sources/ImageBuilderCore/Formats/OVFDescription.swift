import Configuration

/// The description of a virtual machine in an OVF package (DMTF DSP0243, version 1).
///
/// It has no `ovf:version`, like packages of other builders, and the namespaces of version 1, which
/// VMware and VirtualBox read. Numbers of resource types are those of CIM_ResourceAllocationSettingData.
struct OVFDescription {
  /// A disk of the machine.
  struct Disk {
    let file: String
    let fileSizeInBytes: UInt64
    let capacityInBytes: UInt64
  }

  /// OUTVERSION, the name of the machine.
  let name: String
  let productName: String
  let disks: [Disk]
  let processors: Int
  let memoryInBytes: UInt64
  /// The hardware version of VMware, such as vmx-13.
  let hardware: String
  let firmware: Firmware

  /// The document.
  var text: String {
    """
    <?xml version="1.0" encoding="UTF-8"?>
    <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" \
    xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" \
    xmlns:rasd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData" \
    xmlns:vssd="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_VirtualSystemSettingData" \
    xmlns:vmw="http://www.vmware.com/schema/ovf">
      <References>
    \(files)
      </References>
      <DiskSection>
        <Info>Disks</Info>
    \(diskList)
      </DiskSection>
      <NetworkSection>
        <Info>Networks</Info>
        <Network ovf:name="NAT">
          <Description>Network with access to the outside</Description>
        </Network>
      </NetworkSection>
      <VirtualSystem ovf:id="\(Self.escaped(name))">
        <Info>A virtual machine</Info>
        <Name>\(Self.escaped(productName))</Name>
        <OperatingSystemSection ovf:id="101" vmw:osType="otherLinux64Guest">
          <Info>A 64-bit Linux</Info>
        </OperatingSystemSection>
        <VirtualHardwareSection>
          <Info>Virtual hardware</Info>
          <System>
            <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>
            <vssd:InstanceID>0</vssd:InstanceID>
            <vssd:VirtualSystemIdentifier>\(Self.escaped(name))</vssd:VirtualSystemIdentifier>
            <vssd:VirtualSystemType>\(Self.escaped(hardware))</vssd:VirtualSystemType>
          </System>
    \(items.joined(separator: "\n"))
          <vmw:Config ovf:required="false" vmw:key="firmware" \
    vmw:value="\(firmware == .uefi ? "efi" : "bios")"/>
        </VirtualHardwareSection>
      </VirtualSystem>
    </Envelope>

    """
  }

  private var files: String {
    disks.enumerated().map { index, disk in
      "    <File ovf:href=\"\(Self.escaped(disk.file))\" ovf:id=\"file\(index + 1)\" "
        + "ovf:size=\"\(disk.fileSizeInBytes)\"/>"
    }.joined(separator: "\n")
  }

  private var diskList: String {
    disks.enumerated().map { index, disk in
      "    <Disk ovf:capacity=\"\(disk.capacityInBytes)\" ovf:capacityAllocationUnits=\"byte\" "
        + "ovf:diskId=\"vmdisk\(index + 1)\" ovf:fileRef=\"file\(index + 1)\" "
        + "ovf:format=\"\(Self.format)\"/>"
    }.joined(separator: "\n")
  }

  private static let format =
    "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"

  private var items: [String] {
    let memory = memoryInBytes >> 20
    let controller = 3
    let fixed = [
      item([
        ("AllocationUnits", "hertz * 10^6"), ("Description", "Number of virtual CPUs"),
        ("ElementName", "\(processors) virtual CPU(s)"), ("InstanceID", "1"),
        ("ResourceType", "3"), ("VirtualQuantity", "\(processors)"),
      ]),
      item([
        ("AllocationUnits", "byte * 2^20"), ("Description", "Memory size"),
        ("ElementName", "\(memory) MiB of memory"), ("InstanceID", "2"), ("ResourceType", "4"),
        ("VirtualQuantity", "\(memory)"),
      ]),
      item([
        ("Address", "0"), ("Description", "SATA controller"),
        ("ElementName", "SATA controller 0"), ("InstanceID", "\(controller)"),
        ("ResourceSubType", "AHCI"), ("ResourceType", "20"),
      ]),
      item([
        ("AddressOnParent", "7"), ("AutomaticAllocation", "true"), ("Connection", "NAT"),
        ("ElementName", "Ethernet 1"), ("InstanceID", "4"), ("ResourceSubType", "E1000"),
        ("ResourceType", "10"),
      ]),
    ]
    return fixed
      + disks.indices.map { index in
        item([
          ("AddressOnParent", "\(index)"), ("ElementName", "Hard disk \(index + 1)"),
          ("HostResource", "ovf:/disk/vmdisk\(index + 1)"), ("InstanceID", "\(5 + index)"),
          ("Parent", "\(controller)"), ("ResourceType", "17"),
        ])
      }
  }

  /// An item of the hardware. OVF wants the properties in the order of their names.
  private func item(_ properties: [(name: String, value: String)]) -> String {
    let lines = properties.map { "        <rasd:\($0.name)>\($0.value)</rasd:\($0.name)>" }
    return (["      <Item>"] + lines + ["      </Item>"]).joined(separator: "\n")
  }

  private static let escapes = [
    ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;"),
  ].map { (Array($0.utf8), Array($1.utf8)) }

  /// Bytes are replaced, because < with a combining character after it is another `Character`.
  private static func escaped(_ text: String) -> String {
    String(
      decoding: escapes.reduce(Array(text.utf8)) { $0.replacing($1.0, with: $1.1) }, as: UTF8.self)
  }

  private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
    String(
      decoding: escapes.reversed().reduce(Array(bytes)) { $0.replacing($1.1, with: $1.0) },
      as: UTF8.self)
  }
}

extension OVFDescription {
  /// Reads what only the document says. `text` is the document again, or else it is not one that
  /// this program has written.
  ///
  /// - Returns: nil if a value is missing.
  init?(reading document: [UInt8], name: String, disks: [Disk]) {
    func value(_ before: String, _ after: String) -> String? {
      guard let start = document.firstRange(of: Array(before.utf8))?.upperBound,
        let end = document[start...].firstRange(of: Array(after.utf8))?.lowerBound
      else { return nil }
      return Self.unescaped(document[start..<end])
    }
    func quantity(ofType type: Int) -> UInt64? {
      value(
        "<rasd:ResourceType>\(type)</rasd:ResourceType>\n        <rasd:VirtualQuantity>", "<"
      ).flatMap { UInt64($0) }
    }
    guard let productName = value("<Name>", "<"),
      let processors = quantity(ofType: 3).flatMap({ Int(exactly: $0) }),
      let memory = quantity(ofType: 4), memory <= UInt64.max >> 20,
      let hardware = value("<vssd:VirtualSystemType>", "<"),
      let firmware = value("vmw:key=\"firmware\" vmw:value=\"", "\"")
    else { return nil }
    self.init(
      name: name, productName: productName, disks: disks, processors: processors,
      memoryInBytes: memory << 20, hardware: hardware, firmware: firmware == "efi" ? .uefi : .bios)
  }
}

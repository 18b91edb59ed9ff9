import Configuration

/// The parts of a streamOptimized VMDK that are no data ("Virtual Disk Format 5.0" of VMware, "Stream-
/// Optimized Compressed Sparse Extents"): header and descriptor, then grains of 64 KiB, each a zlib
/// stream, and after the grains of 32 MiB a table with their places, at the end a directory of the
/// tables. Grains of zeros are left out.
struct VMDKLayout: Sendable {
  static let sectorSize = 512
  static let grainSizeInBytes = 1 << 16
  static let tableMarker: UInt32 = 1
  /// The size of a table of grains with its marker.
  static let tableRecordSize = sectorSize + 4 * grainsPerTable
  private static let sectorsPerGrain = UInt64(grainSizeInBytes / sectorSize)
  private static let grainsPerTable = 512
  private static let descriptorSectors = 20
  /// Where the grains begin.
  private static let overheadSectors = 128

  let diskSizeInBytes: UInt64
  /// Header and descriptor, up to the first grain.
  let beginning: [UInt8]
  /// The sector that is written next.
  private(set) var sector: UInt32
  private var table = [UInt32](repeating: 0, count: grainsPerTable)
  private var tableNumber = 0
  private var directory: [UInt32]

  /// - Parameters:
  ///   - name: the file name, which the descriptor repeats.
  ///   - diskSizeInBytes: whole grains.
  ///   - contentID: 8 hexadecimal digits that differ for disks with different content.
  init(name: String, diskSizeInBytes: UInt64, contentID: String) {
    self.diskSizeInBytes = diskSizeInBytes
    let descriptor = Self.descriptor(name, diskSizeInBytes, contentID)
    beginning = Self.padded(
      Self.header(diskSizeInBytes, directory: .max)
        + Self.padded(Array(descriptor.utf8), toSectors: Self.descriptorSectors),
      toSectors: Self.overheadSectors)
    sector = UInt32(Self.overheadSectors)
    let grains = Int(diskSizeInBytes / UInt64(Self.grainSizeInBytes))
    directory = [UInt32](
      repeating: 0, count: grains.roundedUp(toMultipleOf: Self.grainsPerTable) / Self.grainsPerTable
    )
  }

  /// The marker and the stream of a grain, as they are in the file.
  ///
  /// - Parameter number: counts the grains of the disk.
  static func record(ofGrain number: UInt64, _ stream: UnsafeRawBufferPointer) -> [UInt8] {
    var bytes = (number * sectorsPerGrain).littleEndianBytes
    bytes += UInt32(stream.count).littleEndianBytes
    bytes += stream
    return padded(bytes, toSectors: bytes.count.roundedUp(toMultipleOf: sectorSize) / sectorSize)
  }

  /// Adds the record of a grain. Grains come in the order of the disk.
  ///
  /// - Returns: the bytes that come before the record.
  mutating func add(grain number: Int, recordSizeInBytes: Int) -> [UInt8] {
    let before =
      number / Self.grainsPerTable == tableNumber
      ? [] : finishTable(next: number / Self.grainsPerTable)
    table[number % Self.grainsPerTable] = sector
    sector += UInt32(recordSizeInBytes / Self.sectorSize)
    return before
  }

  /// Ends the last table.
  ///
  /// - Returns: everything that comes after the last record.
  mutating func end() -> [UInt8] {
    var bytes = finishTable(next: tableNumber)
    let content = directory.flatMap(\.littleEndianBytes)
    let sectors = content.count.roundedUp(toMultipleOf: Self.sectorSize) / Self.sectorSize
    let place = sector + 1
    bytes += Self.marker(sectors: sectors, type: 2) + Self.padded(content, toSectors: sectors)
    bytes += Self.marker(sectors: 1, type: 3)
    bytes += Self.header(diskSizeInBytes, directory: UInt64(place))
    return bytes + [UInt8](repeating: 0, count: Self.sectorSize)
  }

  private mutating func finishTable(next: Int) -> [UInt8] {
    defer {
      tableNumber = next
      table = [UInt32](repeating: 0, count: Self.grainsPerTable)
    }
    guard table.contains(where: { $0 != 0 }) else { return [] }
    let content = table.flatMap(\.littleEndianBytes)
    let sectors = content.count / Self.sectorSize
    directory[tableNumber] = sector + 1
    sector += UInt32(1 + sectors)
    return Self.marker(sectors: sectors, type: Self.tableMarker) + content
  }

  private static func marker(sectors: Int, type: UInt32) -> [UInt8] {
    padded(
      UInt64(sectors).littleEndianBytes + UInt32(0).littleEndianBytes + type.littleEndianBytes,
      toSectors: 1)
  }

  private static func header(_ diskSizeInBytes: UInt64, directory: UInt64) -> [UInt8] {
    var bytes = Array("KDMV".utf8) + UInt32(3).littleEndianBytes
    // Line ends are detectable, grains are compressed, there are markers.
    bytes += UInt32(0x3_0001).littleEndianBytes
    bytes += (diskSizeInBytes / UInt64(sectorSize)).littleEndianBytes
    bytes += sectorsPerGrain.littleEndianBytes
    bytes += UInt64(1).littleEndianBytes + UInt64(descriptorSectors).littleEndianBytes
    bytes += UInt32(grainsPerTable).littleEndianBytes
    bytes += UInt64(0).littleEndianBytes + directory.littleEndianBytes
    bytes += UInt64(overheadSectors).littleEndianBytes
    bytes += [0] + Array("\n \r\n".utf8) + UInt16(1).littleEndianBytes
    return padded(bytes, toSectors: 1)
  }

  private static func descriptor(
    _ name: String, _ diskSizeInBytes: UInt64, _ contentID: String
  ) -> String {
    let sectors = diskSizeInBytes / UInt64(sectorSize)
    let (heads, sectorsPerTrack): (UInt64, UInt64) = (255, 63)
    return """
      # Disk DescriptorFile
      version=1
      CID=\(contentID)
      parentCID=ffffffff
      createType="streamOptimized"

      # Extent description
      RDONLY \(sectors) SPARSE "\(name.replacing("\"", with: "_"))"

      # The Disk Data Base
      #DDB

      ddb.virtualHWVersion = "6"
      ddb.geometry.cylinders = "\(min(sectors / (heads * sectorsPerTrack), 65535))"
      ddb.geometry.heads = "\(heads)"
      ddb.geometry.sectors = "\(sectorsPerTrack)"
      ddb.adapterType = "lsilogic"

      """
  }

  private static func padded(_ bytes: [UInt8], toSectors count: Int) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: count * sectorSize - bytes.count)
  }
}

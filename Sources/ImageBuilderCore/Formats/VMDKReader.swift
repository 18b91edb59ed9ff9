import Bindings
import Configuration
import SystemPackage

/// Reads the VMDK that this program writes, and no other: all bytes except the streams of the grains
/// must be those that the program would write. So it can refer to no other file.
final class VMDKReader {
  /// The content ID, which the reader does not know, is in the descriptor.
  private static let contentIDPlace = 512..<1024

  private let file: FileDescriptor
  private let end: UInt64
  private var offset: UInt64
  private var layout: VMDKLayout
  private var check: ContentCheck
  private var nextGrain = 0

  /// - Parameters:
  ///   - range: the place of the VMDK in the file.
  ///   - name: the name of the VMDK.
  /// - Throws: `ExtractedImage.Mismatch`; `Errno`.
  init(
    _ file: FileDescriptor, _ range: Range<UInt64>, name: String, _ expected: ReadManifest.RawImage
  ) throws {
    self.file = file
    (offset, end) = (range.lowerBound, range.upperBound)
    check = ContentCheck(expected)
    let contentID = try Self.contentID(file, range)
    layout = VMDKLayout(
      name: name, diskSizeInBytes: expected.diskSizeInBytes, contentID: contentID)
    guard try bytes(layout.beginning.count) == layout.beginning else {
      throw Self.unknown("header or descriptor")
    }
  }

  /// Reads all grains and compares the disk with the expected image.
  ///
  /// - Throws: `ExtractedImage.Mismatch`; `Errno`; `CancellationError`.
  func run(_ cancellation: BlockingWork.Cancellation) throws {
    let inflater = Inflater(wrapper: .zlib)
    let grain = UnsafeMutableRawBufferPointer.allocate(
      byteCount: VMDKLayout.grainSizeInBytes, alignment: 64)
    defer { grain.deallocate() }
    var pending: [UInt8] = []
    while offset < end {
      try cancellation.check()
      let start = offset
      let record = VMDKRecord(try bytes(VMDKLayout.sectorSize))
      guard record.streamSizeInBytes > 0 else {
        // A table, or what follows the last one.
        offset = start
        let rest = record.isTable ? UInt64(VMDKLayout.tableRecordSize) : end - offset
        guard rest <= Self.largestEndInBytes(layout) else { throw Self.unknown("end") }
        pending += try bytes(Int(min(rest, end - offset)))
        guard UInt64(pending.count) <= Self.largestEndInBytes(layout) else {
          throw Self.unknown("table of grains")
        }
        continue
      }
      offset = start
      try read(record, inflater, into: grain, after: pending)
      pending = []
    }
    guard pending == layout.end() else { throw Self.unknown("directory of grains") }
    addZeros(to: Int(layout.diskSizeInBytes / UInt64(VMDKLayout.grainSizeInBytes)))
    try check.finish()
  }

  private static func largestEndInBytes(_ layout: VMDKLayout) -> UInt64 {
    (layout.diskSizeInBytes / (8 << 20)) + (64 << 10)
  }

  private func read(
    _ record: VMDKRecord, _ inflater: Inflater, into grain: UnsafeMutableRawBufferPointer,
    after pending: [UInt8]
  ) throws {
    let grains = Int(layout.diskSizeInBytes / UInt64(VMDKLayout.grainSizeInBytes))
    guard record.grain >= nextGrain, record.grain < grains,
      record.streamSizeInBytes <= 2 * VMDKLayout.grainSizeInBytes
    else { throw Self.unknown("order of grains") }
    let content = try bytes(record.sizeInBytes)
    guard layout.add(grain: record.grain, recordSizeInBytes: record.sizeInBytes) == pending else {
      throw Self.unknown("table of grains")
    }
    let stream = VMDKRecord.headerSize..<(VMDKRecord.headerSize + record.streamSizeInBytes)
    do {
      try content.withUnsafeBytes {
        try inflater.unpack(UnsafeRawBufferPointer(rebasing: $0[stream]), to: grain)
        let record = VMDKLayout.record(
          ofGrain: UInt64(record.grain), UnsafeRawBufferPointer(rebasing: $0[stream]))
        guard record == content else { throw Self.unknown("marker of a grain") }
      }
    } catch let error as UnpackingError {
      throw ExtractedImage.Mismatch(
        description: "contains a VMDK that cannot be unpacked: \(error)")
    }
    addZeros(to: record.grain)
    try check.append(UnsafeRawBufferPointer(grain))
    nextGrain = record.grain + 1
  }

  private func addZeros(to grain: Int) {
    check.appendZeros(
      count: UInt64(grain - nextGrain) * UInt64(VMDKLayout.grainSizeInBytes))
    nextGrain = grain
  }

  private func bytes(_ count: Int) throws -> [UInt8] {
    guard end - offset >= UInt64(count) else { throw Self.unknown("end") }
    defer { offset += UInt64(count) }
    return try file.bytes(count, at: offset)
  }

  private static func contentID(_ file: FileDescriptor, _ range: Range<UInt64>) throws -> String {
    // Tables have 32 bits for the number of a sector.
    guard range.count >= contentIDPlace.upperBound,
      range.count / VMDKLayout.sectorSize < Int(UInt32.max)
    else { throw unknown("end") }
    let bytes = try file.bytes(
      contentIDPlace.count, at: range.lowerBound + UInt64(contentIDPlace.lowerBound))
    let text = String(decoding: bytes, as: UTF8.self)
    let value = text.split(separator: "\n").first { $0.hasPrefix("CID=") }?.dropFirst(4)
    guard let value, value.utf8.count == 8, value.allSatisfy(\.isHexDigit) else {
      throw unknown("descriptor")
    }
    return String(value)
  }

  private static func unknown(_ part: String) -> ExtractedImage.Mismatch {
    ExtractedImage.Mismatch(
      description: "contains a VMDK with another \(part) than this program writes")
  }
}

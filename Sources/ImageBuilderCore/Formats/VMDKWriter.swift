import Bindings
import Configuration
import SystemPackage

/// Writes a raw image as a streamOptimized VMDK.
enum VMDKWriter {
  private static let pieceSizeInBytes = 1 << 20
  private static let level = GzipCompression.level

  /// The state of the file. `PiecewiseCompression` lets one thread at a time use it.
  private final class State: @unchecked Sendable {
    var layout: VMDKLayout

    init(_ layout: VMDKLayout) {
      self.layout = layout
    }
  }

  /// Compresses an image with several threads.
  ///
  /// - Parameters:
  ///   - layout: of the file, with the size of the disk, which may be greater than the image.
  ///   - write: appends bytes to the file.
  /// - Throws: `Errno`; `CancellationError`; what `write` throws.
  static func write(
    _ image: RawDiskImage, _ layout: VMDKLayout, threads: Int,
    _ cancellation: BlockingWork.Cancellation,
    to write: @escaping @Sendable ([UInt8]) throws -> Void
  ) throws {
    let state = State(layout)
    try write(layout.beginning)
    let grain = UInt64(VMDKLayout.grainSizeInBytes)
    let size = image.sizeInBytes.roundedUp(toMultipleOf: grain)
    _ = try PiecewiseCompression(
      FramedFile(image.path, zerosInBytes: size - image.sizeInBytes),
      pieceSizeInBytes: pieceSizeInBytes, threads: threads
    ).run(cancellation) {
      let deflater = Deflater(
        level: level, maximumInputSizeInBytes: VMDKLayout.grainSizeInBytes, wrapper: .zlib)
      return { compress($0, deflater) }
    } write: { records in
      var rest = records[...]
      while !rest.isEmpty {
        let record = VMDKRecord(rest)
        try write(
          state.layout.add(grain: record.grain, recordSizeInBytes: record.sizeInBytes)
            + rest.prefix(record.sizeInBytes))
        rest = rest.dropFirst(record.sizeInBytes)
      }
    }
    try write(state.layout.end())
  }

  /// The records of the grains in a piece that are not zeros.
  private static func compress(_ piece: Piece, _ deflater: Deflater) -> [UInt8] {
    guard !piece.isZero else { return [] }
    let first = piece.number * pieceSizeInBytes / VMDKLayout.grainSizeInBytes
    return stride(from: 0, to: piece.bytes.count, by: VMDKLayout.grainSizeInBytes).enumerated()
      .flatMap { index, offset -> [UInt8] in
        let grain = UnsafeRawBufferPointer(
          rebasing: piece.bytes[offset..<(offset + VMDKLayout.grainSizeInBytes)])
        guard !SparseFile.isZero(grain) else { return [] }
        return deflater.compress(grain) {
          VMDKLayout.record(ofGrain: UInt64(first + index), UnsafeRawBufferPointer($0))
        }
      }
  }
}

/// The beginning of a record of a grain.
struct VMDKRecord {
  static let headerSize = 12
  private static let markerSize = 16

  /// The place of the grain on the disk, in sectors.
  private let place: UInt64
  /// The size of the zlib stream; 0 if this is no grain.
  let streamSizeInBytes: Int
  /// Whether this is a table of grains. Only for a record without a stream.
  let isTable: Bool

  init(_ bytes: some Sequence<UInt8>) {
    let bytes = Array(bytes.prefix(Self.markerSize))
    place = bytes.littleEndian(at: 0, as: UInt64.self)
    streamSizeInBytes = Int(bytes.littleEndian(at: 8, as: UInt32.self))
    isTable = bytes.littleEndian(at: 12, as: UInt32.self) == VMDKLayout.tableMarker
  }

  /// The number of the grain on the disk.
  var grain: Int {
    Int(clamping: place / UInt64(VMDKLayout.grainSizeInBytes / VMDKLayout.sectorSize))
  }

  /// The size of the record in the file.
  var sizeInBytes: Int {
    (Self.headerSize + streamSizeInBytes).roundedUp(toMultipleOf: VMDKLayout.sectorSize)
  }
}

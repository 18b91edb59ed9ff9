import Configuration
import Glibc

/// A member of a zip archive (APPNOTE.TXT of PKWARE, 6.3.10). Its name has no directory in front and
/// is UTF-8, it is a regular file that everybody may read, and it has a fixed time.
struct ZipEntry: Equatable, Sendable {
  enum Method: UInt16, Sendable {
    case stored = 0
    case deflated = 8
  }

  /// The size of a local header without the name.
  static let localHeaderSize = 30
  private static let localSignature: UInt32 = 0x0403_4b50
  private static let centralSignature: UInt32 = 0x0201_4b50
  private static let limit = UInt64(UInt32.max)

  var name: String
  var method = Method.stored
  var checksum: UInt32 = 0
  var packedSizeInBytes: UInt64 = 0
  var sizeInBytes: UInt64 = 0
  /// The place of the local header.
  var offset: UInt64
  /// Date and time in the format of MS-DOS.
  var time: UInt32
  /// Whether the local header has room for great sizes. It is written before the size is known.
  var hasLongSizes = false

  /// The names with which `isPlain` is true.
  static let acceptedNames =
    "relative paths without .., backslashes, colons and control characters"

  /// Whether a file with this name is below the directory that it is unpacked to, also on Windows.
  static func isPlain(_ name: String) -> Bool {
    // Windows leaves out dots and blanks at the end of a name.
    name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .allSatisfy { !$0.allSatisfy { " .".utf8.contains($0) } }
      && !name.unicodeScalars.contains {
        $0 == "\\" || $0 == ":" || $0.properties.generalCategory == .control
      }
  }

  /// The time in UTC as MS-DOS stores it, in steps of two seconds from 1980 to 2107.
  static func time(_ timestamp: UInt64) -> UInt32 {
    let earliest: UInt64 = 315_532_800
    let latest: UInt64 = 4_354_819_198
    var seconds = time_t(min(max(timestamp, earliest), latest))
    var date = tm()
    gmtime_r(&seconds, &date)
    let day = (date.tm_year - 80) << 9 | (date.tm_mon + 1) << 5 | date.tm_mday
    let time = date.tm_hour << 11 | date.tm_min << 5 | date.tm_sec / 2
    return UInt32(day) << 16 | UInt32(time)
  }

  /// The header in front of the content.
  var localHeader: [UInt8] {
    let extra =
      hasLongSizes
      ? UInt16(1).littleEndianBytes + UInt16(16).littleEndianBytes + sizeInBytes.littleEndianBytes
        + packedSizeInBytes.littleEndianBytes : []
    return Self.localSignature.littleEndianBytes
      + common(
        hasLongSizes, packed: hasLongSizes ? Self.limit : packedSizeInBytes,
        size: hasLongSizes ? Self.limit : sizeInBytes)
      + UInt16(extra.count).littleEndianBytes + Array(name.utf8) + extra
  }

  /// The header in the directory at the end of the archive.
  var centralHeader: [UInt8] {
    var long: [UInt8] = []
    func short(_ number: UInt64) -> UInt64 {
      guard number >= Self.limit else { return number }
      long += number.littleEndianBytes
      return Self.limit
    }
    let size = short(sizeInBytes)
    let packed = short(packedSizeInBytes)
    let place = short(offset)
    let extra =
      long.isEmpty
      ? [] : UInt16(1).littleEndianBytes + UInt16(long.count).littleEndianBytes + long
    let madeBy: UInt16 = 3 << 8 | 45  // Unix
    let mode: UInt32 = 0o100644 << 16
    return Self.centralSignature.littleEndianBytes + madeBy.littleEndianBytes
      + common(hasLongSizes || !long.isEmpty, packed: packed, size: size)
      + UInt16(extra.count).littleEndianBytes
      // No comment, disk 0, no internal attributes.
      + [UInt8](repeating: 0, count: 6) + mode.littleEndianBytes
      + UInt32(place).littleEndianBytes + Array(name.utf8) + extra
  }

  /// The fields that both headers have, up to the length of the name.
  private func common(_ isLong: Bool, packed: UInt64, size: UInt64) -> [UInt8] {
    let isASCII = name.utf8.allSatisfy { $0 < 0x80 }
    let version: UInt16 = isLong ? 45 : 20
    return version.littleEndianBytes + UInt16(isASCII ? 0 : 0x800).littleEndianBytes
      + method.rawValue.littleEndianBytes + time.littleEndianBytes + checksum.littleEndianBytes
      + UInt32(packed).littleEndianBytes + UInt32(size).littleEndianBytes
      + UInt16(name.utf8.count).littleEndianBytes
  }

  /// The directory of an archive and what follows it.
  ///
  /// - Parameter start: the place of the directory.
  static func end(of entries: [ZipEntry], at start: UInt64) -> [UInt8] {
    let directory = entries.flatMap(\.centralHeader)
    let (size, count) = (UInt64(directory.count), UInt64(entries.count))
    var end = directory
    if start >= limit {
      // The ZIP64 end of the directory, and where it is.
      end += UInt32(0x0606_4b50).littleEndianBytes + UInt64(44).littleEndianBytes
      end += UInt16(45).littleEndianBytes + UInt16(45).littleEndianBytes
      end += [UInt8](repeating: 0, count: 8) + count.littleEndianBytes + count.littleEndianBytes
      end += size.littleEndianBytes + start.littleEndianBytes
      end += UInt32(0x0706_4b50).littleEndianBytes + UInt32(0).littleEndianBytes
      end += (start + size).littleEndianBytes + UInt32(1).littleEndianBytes
    }
    end += UInt32(0x0605_4b50).littleEndianBytes + UInt32(0).littleEndianBytes
    end += UInt16(count).littleEndianBytes + UInt16(count).littleEndianBytes
    end += UInt32(size).littleEndianBytes + UInt32(min(start, limit)).littleEndianBytes
    return end + UInt16(0).littleEndianBytes
  }
}

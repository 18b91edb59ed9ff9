import Bindings
import Configuration
import SystemPackage

/// The GNU build ID of a program, which the linker derives from its content: the note NT_GNU_BUILD_ID
/// (elf(5)) of a 64-bit little-endian ELF file.
enum BuildID {
  private static let noteSegment: UInt32 = 4
  private static let buildIDNote: UInt32 = 3
  /// Segments that are read; the note of a linker has 36 bytes.
  private static let largestSegmentInBytes: UInt64 = 1 << 16

  /// Returns the ID in lower-case hexadecimal; nil if the program has none.
  ///
  /// - Throws: `LinuxError`.
  static func of(_ program: FilePath) throws -> String? {
    do {
      let file = try FileDescriptor.open(program, .readOnly, options: .closeOnExec)
      return try file.closeAfter { try id(in: file) }
    } catch let error as Errno {
      throw LinuxError("read \(program)", error)
    }
  }

  private static func id(in file: FileDescriptor) throws -> String? {
    let header = try bytes(of: file, at: 0, 64)
    guard header.count == 64, header.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else {
      return nil
    }
    let table = header.littleEndian(at: 32, as: UInt64.self)
    let entrySize = UInt64(header.littleEndian(at: 54, as: UInt16.self))
    let entries = UInt64(header.littleEndian(at: 56, as: UInt16.self))
    guard table < UInt64(Int64.max / 2), entrySize >= 56 else { return nil }
    for index in 0..<entries {
      let entry = try bytes(of: file, at: table + index * entrySize, 56)
      guard entry.count == 56, entry.littleEndian(at: 0, as: UInt32.self) == noteSegment else {
        continue
      }
      let offset = entry.littleEndian(at: 8, as: UInt64.self)
      let size = entry.littleEndian(at: 32, as: UInt64.self)
      guard offset < UInt64(Int64.max / 2), size <= largestSegmentInBytes else { continue }
      if let id = id(inNotes: try bytes(of: file, at: offset, size)) { return id }
    }
    return nil
  }

  private static func id(inNotes notes: [UInt8]) -> String? {
    var rest = notes[...]
    while rest.count >= 12 {
      let numbers = [0, 4, 8].map { Array(rest).littleEndian(at: $0, as: UInt32.self) }
      let name = rest.dropFirst(12).prefix(Int(numbers[0]))
      let afterName = rest.dropFirst(12 + Int(numbers[0].paddedToWord))
      let content = afterName.prefix(Int(numbers[1]))
      if numbers[2] == buildIDNote, name.elementsEqual("GNU\0".utf8), !content.isEmpty,
        content.count == numbers[1]
      {
        return hexadecimalText(Array(content))
      }
      rest = afterName.dropFirst(Int(numbers[1].paddedToWord))
    }
    return nil
  }

  private static func bytes(
    of file: FileDescriptor, at offset: UInt64, _ count: UInt64
  ) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: Int(count))
    let found = try buffer.withUnsafeMutableBytes {
      try file.read(fromAbsoluteOffset: Int64(offset), into: $0)
    }
    return Array(buffer[..<found])
  }
}

extension UInt32 {
  /// Names and contents of notes are padded to multiples of four bytes.
  fileprivate var paddedToWord: UInt64 { (UInt64(self) + 3) / 4 * 4 }
}

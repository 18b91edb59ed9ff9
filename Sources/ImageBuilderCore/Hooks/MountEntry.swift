import SystemPackage

/// A mount in the mount namespace of this process, as described in proc_pid_mountinfo(5).
struct MountEntry: Sendable, Hashable {
  let id: Int
  let point: FilePath
  let type: String
  let source: String

  /// All mounts, in the order in which they were made.
  static var all: [MountEntry] {
    let text = (try? FileAccess.text(of: "/proc/self/mountinfo")) ?? ""
    return text.split(separator: "\n").compactMap { MountEntry(line: $0) }
  }

  init?(line: Substring) {
    let fields = line.split(separator: " ")
    guard let separator = fields.firstIndex(of: "-"), separator > 5, fields.count > separator + 2,
      let id = Int(fields[0])
    else { return nil }
    self.id = id
    point = FilePath(Self.unescaped(fields[4]))
    type = String(fields[separator + 1])
    source = Self.unescaped(fields[separator + 2])
  }

  /// The kernel writes blanks, backslashes and `#` as three octal digits.
  private static func unescaped(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(field.utf8)[...]
    while let byte = rest.popFirst() {
      let digits = String(decoding: rest.prefix(3), as: UTF8.self)
      if byte == UInt8(ascii: "\\"), digits.utf8.count == 3, let value = UInt8(digits, radix: 8) {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

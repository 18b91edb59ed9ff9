import Glibc
import SystemPackage

/// A capability: a part of root's powers (capabilities(7)).
public enum Capability: UInt64, CaseIterable, Sendable {
  case changeOwners = 0
  case overridePermissions = 1
  case actAsOwner = 3
  case keepSetIDBits = 4
  case endProcesses = 5
  case setGroup = 6
  case setUser = 7
  case configureNetwork = 12
  case changeRoot = 18
  case administer = 21
  case makeDevices = 27
  case setFileCapabilities = 31

  /// The name in the manual page, such as `CAP_SYS_ADMIN`.
  public var name: String {
    switch self {
    case .changeOwners: "CAP_CHOWN"
    case .overridePermissions: "CAP_DAC_OVERRIDE"
    case .actAsOwner: "CAP_FOWNER"
    case .keepSetIDBits: "CAP_FSETID"
    case .endProcesses: "CAP_KILL"
    case .setGroup: "CAP_SETGID"
    case .setUser: "CAP_SETUID"
    case .configureNetwork: "CAP_NET_ADMIN"
    case .changeRoot: "CAP_SYS_CHROOT"
    case .administer: "CAP_SYS_ADMIN"
    case .makeDevices: "CAP_MKNOD"
    case .setFileCapabilities: "CAP_SETFCAP"
    }
  }

  /// The capabilities that this process lacks, among those of this type.
  ///
  /// - Throws: `LinuxError` if /proc is not mounted.
  public static func missing() throws(LinuxError) -> [Capability] {
    let status = try processFile("status")
    let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
    let held = line.flatMap { UInt64($0.dropFirst(7).filter { !$0.isWhitespace }, radix: 16) } ?? 0
    return allCases.filter { held & (1 << $0.rawValue) == 0 }
  }

  private static func processFile(_ name: String) throws(LinuxError) -> String {
    do {
      let file = try FileDescriptor.open(
        "/proc/self/\(name)", .readOnly, options: .closeOnExec)
      defer { try? file.close() }
      var buffer = [UInt8](repeating: 0, count: 1 << 14)
      let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
      return String(decoding: buffer[..<count], as: UTF8.self)
    } catch {
      throw LinuxError("read /proc/self/\(name)", error as? Errno ?? .ioError)
    }
  }
}

import Bindings
import Configuration

/// What a build needs of its host.
struct BuildNeed: Sendable {
  /// What stages take without a boot test, most of it for compression.
  private static let ofStagesInBytes: UInt64 = 512 << 20
  /// What QEMU takes beside the memory of its machine.
  private static let ofEmulatorInBytes: UInt64 = 512 << 20

  let memoryInBytes: UInt64
  let space: [SpaceNeed]

  init(memoryInBytes: UInt64, space: [SpaceNeed]) {
    self.memoryInBytes = memoryInBytes
    self.space = space
  }

  /// - Parameter bootTest: `--boot-test` or `--no-boot-test`; nil if neither is given.
  /// - Throws: `ConfigurationError`, `LinuxError`, `TreeError`.
  init(_ member: Fleet.Member, bootTest: Bool?) throws {
    let boots = try BootTestSettings(member.configuration, flag: bootTest)
    memoryInBytes =
      Self.ofStagesInBytes
      + (boots.skip == nil ? boots.memoryInBytes + Self.ofEmulatorInBytes : 0)
    space =
      try SpaceEstimate(
        configuration: member.configuration, paths: member.paths, stages: Stage.regular,
        emptiesTemporaryDirectory: true, say: { _ in }
      ).needs() ?? []
  }
}

/// Decides how many builds run beside each other: as many as there are processors, and as long as the
/// memory that was available at the beginning and the free space suffice for all of them together.
struct Admission {
  private let jobs: Int
  private let memoryInBytes: UInt64?
  private var running: [String: BuildNeed] = [:]

  /// - Parameters:
  ///   - jobs: the largest number of builds; nil: the number of processors.
  ///   - memoryInBytes: nil if it is unknown.
  init(
    jobs: Int?, memoryInBytes: UInt64? = HostResources.availableMemoryInBytes
  ) {
    self.jobs = jobs ?? Processors.count
    self.memoryInBytes = memoryInBytes
  }

  /// Whether a build may begin now. One that is alone always may: it finds out itself what it lacks.
  ///
  /// What running builds need counts in full, also what they have written already.
  ///
  /// - Throws: `LinuxError`.
  func admits(_ need: BuildNeed) throws -> Bool {
    guard !running.isEmpty else { return true }
    guard running.count < jobs else { return false }
    let memory = running.values.map(\.memoryInBytes).reduce(need.memoryInBytes, +)
    guard memory <= memoryInBytes ?? .max else { return false }
    do {
      try SpaceShortage.check(running.values.flatMap(\.space) + need.space)
      return true
    } catch is NotEnoughSpace {
      return false
    }
  }

  mutating func begin(_ name: String, _ need: BuildNeed) { running[name] = need }

  mutating func end(_ name: String) { running[name] = nil }
}

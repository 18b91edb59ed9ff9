import Synchronization

/// What the machines of a boot test have shown so far.
final class BootedMachines: Sendable {
  private let machines = Mutex<[Int: BootRecord.Machine]>([:])
  private let newest: Mutex<VirtualMachine.Acceleration>

  init(acceleration: VirtualMachine.Acceleration) {
    newest = Mutex(acceleration)
  }

  /// What the next machine tries.
  var acceleration: VirtualMachine.Acceleration { newest.withLock { $0 } }

  /// The records in the order of the targets.
  var inOrder: [BootRecord.Machine] {
    machines.withLock { $0.sorted { $0.key < $1.key }.map(\.value) }
  }

  func add(_ machine: BootRecord.Machine, at index: Int) {
    machines.withLock { $0[index] = machine }
  }

  /// Makes later machines translate instructions.
  ///
  /// - Returns: whether this is the first call.
  func giveUpKVM() -> Bool {
    newest.withLock { acceleration in
      defer { acceleration = .tcg }
      return acceleration == .kvm
    }
  }
}

import Foundation

/// How QEMU runs a machine's instructions on this host.
enum VirtualMachineAcceleration {
  /// QEMU's arguments: KVM where it really works, else translation of instructions.
  ///
  /// A device /dev/kvm proves nothing: where KVM is nested it may run no instruction at all.
  static let arguments: [String] =
    kvmWorks()
    ? ["-accel", "kvm", "-cpu", "host"] : ["-accel", "tcg,thread=multi", "-cpu", "max"]

  private static let probeInSeconds = 8
}

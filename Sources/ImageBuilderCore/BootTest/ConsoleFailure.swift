/// A failure that ends a boot, recognized by what the machine prints.
enum ConsoleFailure: String, Sendable, CaseIterable {
  case noBootLoader = "the firmware found nothing to boot"
  case bootLoader = "the boot loader failed"
  case panic = "the kernel panicked"
  case oops = "the kernel failed"
  case initramfsTimeout = "the initramfs timed out"
  case emergency = "the system ended in an emergency shell"
  case orderingCycle = "units wait for each other"
  case outOfMemory = "the machine ran out of memory"
  case frozen = "the service manager stopped"

  /// A regular expression for a part of a line. Lines of the kernel can start with a time.
  private var pattern: String {
    switch self {
    case .noBootLoader:
      #"^No bootable device|No bootable option or device was found|UEFI Interactive Shell"#
    case .bootLoader:
      #"^(grub rescue|grub)> |Failed to boot both default and fallback entries"#
    case .panic: #"^(\[[ .0-9]+\] )?Kernel panic - not syncing"#
    case .oops:
      // With instruction translation, a soft lockup only means that the machine is slow.
      #"^(\[[ .0-9]+\] )?(BUG: (?!soft lockup|workqueue lockup)|"#
        + #"(Internal error: )?Oops: .*\[#[0-9]+\])"#
    case .initramfsTimeout: #"dracut-initqueue: (timeout|starting timeout scripts)"#
    case .emergency:
      #"You are in (emergency|rescue) mode|Entering emergency mode\.|Press Enter for maintenance|"#
        + #"Give root password for maintenance|Cannot open access to console, the root account"#
    case .orderingCycle: #"Found ordering cycle on |Ordering cycle found, skipping "#
    case .outOfMemory: #"^(\[[ .0-9]+\] )?(Memory cgroup out|Out) of memory: Killed process "#
    case .frozen: #"systemd\[1\]: Freezing execution"#
    }
  }

  /// Finds the first failure that a line shows.
  struct Finder {
    private let expressions: [(ConsoleFailure, Regex<AnyRegexOutput>)]

    /// - Throws: if one of the patterns above is not a valid regular expression.
    init() throws {
      expressions = try ConsoleFailure.allCases.map { ($0, try Regex($0.pattern)) }
    }

    func callAsFunction(_ line: String) -> ConsoleFailure? {
      expressions.first { line.firstMatch(of: $0.1) != nil }?.0
    }
  }
}

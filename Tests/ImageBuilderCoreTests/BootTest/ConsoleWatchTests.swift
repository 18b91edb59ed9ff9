import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// The detection of failures in console output.
@Suite struct ConsoleWatchTests {
  private func failure(_ text: String) throws -> ConsoleFailure? {
    var watch = try ConsoleWatch()
    watch.append(Array(text.utf8))
    return watch.failure?.kind
  }

  @Test(arguments: [
    (ConsoleFailure.noBootLoader, "No bootable device.\r\n"),
    (.noBootLoader, "BdsDxe: No bootable option or device was found.\r\n"),
    (.noBootLoader, "UEFI Interactive Shell v2.2"),
    (.bootLoader, "error: no such device: ostree.\r\nEntering rescue mode...\r\ngrub rescue> "),
    (.bootLoader, "grub> "),
    (.bootLoader, "Failed to boot both default and fallback entries.\r\n"),
    (.panic, "[    4.123456] Kernel panic - not syncing: VFS: Unable to mount root fs\r\n"),
    (.oops, "[   12.000000] Oops: 0002 [#1] PREEMPT SMP NOPTI\n"),
    (.oops, "[   12.0] Internal error: Oops: 0000000096000004 [#1] SMP\n"),
    (.oops, "[   12.000000] BUG: kernel NULL pointer dereference, address: 0000000000000000\n"),
    (
      .initramfsTimeout,
      "[  140.4] dracut-initqueue[309]: Warning: dracut-initqueue: timeout, still waiting\n"
    ),
    (.emergency, "Entering emergency mode. Exit the shell to continue.\n"),
    (.emergency, "You are in emergency mode. After logging in, type \"journalctl -xb\"\n"),
    (.emergency, "Press Enter for maintenance\n(or press Control-D to continue): "),
    (.emergency, "Cannot open access to console, the root account is locked.\n"),
    (.orderingCycle, "[    5.0] systemd[1]: a.service: Found ordering cycle on b.service/start\n"),
    (.orderingCycle, "[\u{1B}[0;1;31m SKIP \u{1B}[0m] Ordering cycle found, skipping a.service\n"),
    (.outOfMemory, "[   61.1] Out of memory: Killed process 411 (dracut) total-vm:9kB\n"),
    (.frozen, "[    3.3] systemd[1]: Freezing execution.\n"),
  ])
  func whatCannotComeUpIsSeen(expected: ConsoleFailure, text: String) throws {
    #expect(try failure(text) == expected)
  }

  @Test(arguments: [
    "[    0.0] Command line: root=LABEL=ostree rw panic=10 oops=panic emergency rd.shell=0\n",
    "[    0.1] Kernel command line: systemd.unit=emergency.target\n",
    "[  OK  ] Stopped target emergency.target - Emergency Mode.\n",
    "[   99.0] watchdog: BUG: soft lockup - CPU#0 stuck for 22s! [systemd:1]\n",
    "[   99.0] BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 31s!\n",
    "debian login: tell me about Kernel panic - not syncing\n",
    "Starting Userspace Out-Of-Memory (OOM) Killer...\n",
    "Loading grub> theme\n",
    // GRUB with a built-in `linux` says so when it reads boot loader entries.
    "error: you need to load the kernel first.\r\n",
    "[    1.0] pstore: Using crash dump compression: deflate\n",
  ])
  func wordsAloneAreNoFailure(text: String) throws {
    #expect(try failure(text) == nil)
  }

  @Test func aFailureComesWithTheLinesAroundIt() throws {
    var watch = try ConsoleWatch()
    for number in 1...50 { watch.append(Array("line \(number)\r\n".utf8)) }
    watch.append(Array("\u{1B}[0;1;31mKernel pa".utf8))
    #expect(watch.failure == nil)
    #expect(watch.relevantLines == (31...50).map { "line \($0)" } + ["Kernel pa"])
    watch.append(Array("nic - not syncing: no init\r\nafter\r\nmore".utf8))
    let expected = "Kernel panic - not syncing: no init"
    #expect(watch.failure?.line == expected)
    #expect(watch.relevantLines == (31...50).map { "line \($0)" } + [expected, "after", "more"])
    for number in 1...50 { watch.append(Array("later \(number)\n".utf8)) }
    #expect(watch.relevantLines.count == 31)
  }

  @Test func aPromptWithoutALineEndIsSuccess() throws {
    var watch = try ConsoleWatch(successPattern: "login: $")
    watch.append(Array("[    0.0] Linux version 6.1\nlogin: is not there yet\n".utf8))
    #expect(watch.showsKernel && !watch.showsSuccess)
    watch.append(Array("\r\ndebian login: ".utf8))
    #expect(watch.showsSuccess && watch.failure == nil)
  }

  @Test func unitsThatFailedAreTold() throws {
    var watch = try ConsoleWatch()
    watch.append(
      Array("[\u{1B}[0;1;31mFAILED\u{1B}[0m] Failed to start x.service\n[  OK  ] y\n".utf8))
    #expect(watch.failedUnitLines == ["[FAILED] Failed to start x.service"])
  }
}

/// The removal of terminal control sequences from console output.
@Suite struct ConsoleTextTests {
  private func lines(_ text: String) -> [String] {
    var console = ConsoleText()
    // The bytes are added one at a time, because a sequence can be split anywhere.
    for byte in text.utf8 { console.append([byte]) }
    return console[0..<100]
  }

  @Test(arguments: [
    ("\u{1B}[0;32m  OK  \u{1B}[0m] up\r\n", ["  OK  ] up"]),
    ("\u{1B}]0;a title\u{07}text\n", ["text"]),
    ("\u{1B}]8;;http://x\u{1B}\\text\n", ["text"]),
    ("\u{1B}P+q\u{1B}\\text\n", ["text"]),
    ("\u{1B}(Btext\u{1B}c\u{1B}[?25l\n", ["text"]),
    ("a\u{1B}[2;1Hb", ["a", "b"]),
    ("\0\u{08}a\u{7F}\tb", ["a\tb"]),
    ("grün\n", ["grün"]),
    ("\u{1B}[12", []),
  ])
  func escapeSequencesGo(text: String, expected: [String]) {
    #expect(lines(text) == expected)
  }

  @Test func aLineWithoutEndIsCut() {
    var console = ConsoleText()
    console.append(Array(repeating: UInt8(ascii: "x"), count: 10_000))
    #expect(console.lines.map(\.utf8.count) == [4096, 4096])
    #expect(console.text.utf8.count == 10_003)
  }
}

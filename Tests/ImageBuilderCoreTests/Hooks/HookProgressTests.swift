import Synchronization
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct HookProgressTests {
  @Test(arguments: [
    ("image-builder:bytes 1024", 1024), ("image-builder:bytes 0", 0),
    ("image-builder:bytes -1", nil), ("image-builder:bytes 1 of 2", nil),
    (" image-builder:bytes 1", nil), ("image-builder:bytes ", nil), ("pulling", nil),
  ])
  func aLineOfProgressIsANumber(line: String, bytes: UInt64?) {
    #expect(HookProgress.bytes(in: line) == bytes)
  }

  @Test func theStepGetsTheNumberAndTheLogDoesNot() {
    let received = Mutex<[UInt64]>([])
    let hook = Hook(group: .content, name: "50-a", path: "/hooks/content/50-a", timeLimit: nil)
    let output = HookOutput(of: hook, SecretFilter([])) { bytes in
      received.withLock { $0.append(bytes) }
    }
    for line in [
      "pulling", "image-builder:bytes 5", "image-builder:bytes x", "image-builder:bytes 7",
    ] {
      output.receive(line)
    }
    #expect(received.withLock { $0 } == [5, 7])
    #expect(output.lastLines == ["pulling", "image-builder:bytes x"])
  }
}

import Testing

@testable import ImageBuilderCore

@Suite struct TransferDisplayTests {
  private func text(_ received: UInt64, of expected: UInt64, _ seconds: Double) -> String {
    TransferDisplay.text(received: received, of: expected, seconds: seconds)
  }

  @Test func rateAndRemainingTimeAreShown() {
    #expect(text(1 << 20, of: 3 << 20, 2) == "1.0 MiB of 3.0 MiB, 512.0 KiB/s, 4.0 s left")
    #expect(text(1 << 20, of: 0, 1) == "1.0 MiB, 1.0 MiB/s")
    #expect(text(1 << 20, of: 1 << 19, 1) == "1.0 MiB, 1.0 MiB/s")
    #expect(text(0, of: 1 << 20, 0) == "0 B, 0 B/s")
    // Sizes in a manifest are not trusted.
    #expect(text(1, of: .max, 1e9).hasSuffix(" left"))
  }
}

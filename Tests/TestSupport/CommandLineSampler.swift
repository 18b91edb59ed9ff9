import Foundation
import Synchronization

/// Reads the command lines of all processes repeatedly, as any user can.
package final class CommandLineSampler: Sendable {
  /// The findings so far.
  package struct Findings: Sendable {
    /// How often all processes were read.
    package var rounds = 0
    /// Command lines that contain one of the texts. Their arguments are separated by spaces.
    package var leaks: Set<String> = []
    /// Command lines that contain the expected text. They show that the sampler sees the program.
    package var expected: Set<String> = []
  }

  private let findings = Mutex(Findings())
  private let isStopping = Atomic(false)
  private let finished = DispatchSemaphore(value: 0)

  /// Starts sampling.
  ///
  /// - Parameters:
  ///   - texts: the texts that no command line may contain.
  ///   - expected: a text in the command lines of the observed program.
  package init(for texts: [String], expecting expected: String) {
    Thread { [self] in
      while !isStopping.load(ordering: .relaxed) { look(for: texts, expected) }
      finished.signal()
    }.start()
  }

  /// Stops sampling and returns the findings.
  package func stop() -> Findings {
    isStopping.store(true, ordering: .relaxed)
    finished.wait()
    return findings.withLock { $0 }
  }

  private func look(for texts: [String], _ expected: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    let lines = names.filter { Int($0) != nil }.compactMap { process in
      FileManager.default.contents(atPath: "/proc/\(process)/cmdline").map {
        String(decoding: $0.map { $0 == 0 ? UInt8(ascii: " ") : $0 }, as: UTF8.self)
      }
    }
    findings.withLock { findings in
      findings.rounds += 1
      findings.leaks.formUnion(lines.filter { line in texts.contains(where: line.contains) })
      findings.expected.formUnion(lines.filter { $0.contains(expected) })
    }
  }
}

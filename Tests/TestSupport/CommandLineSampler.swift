import Foundation
import Synchronization

/// Reads the command lines of all processes again and again, as anybody on the machine may.
package final class CommandLineSampler: Sendable {
  /// What was seen until now.
  package struct Findings: Sendable {
    /// How many times all processes were looked at.
    package var rounds = 0
    /// Command lines that hold one of the texts, their arguments separated by blanks.
    package var leaks: Set<String> = []
    /// Command lines that hold the text that shows that the sampler sees what it has to.
    package var expected: Set<String> = []
  }

  private let findings = Mutex(Findings())
  private let isStopping = Atomic(false)
  private let finished = DispatchSemaphore(value: 0)

  /// Begins to look.
  ///
  /// - Parameters:
  ///   - texts: what no command line may hold.
  ///   - expected: what those of the observed program hold.
  package init(for texts: [String], expecting expected: String) {
    Thread { [self] in
      while !isStopping.load(ordering: .relaxed) { look(for: texts, expected) }
      finished.signal()
    }.start()
  }

  /// Ends the looking.
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

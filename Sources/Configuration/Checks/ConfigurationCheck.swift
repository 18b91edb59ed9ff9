import Dispatch
import Synchronization

/// The checks of one variant or of many.
package struct ConfigurationCheck: Sendable {
  /// The number of errors, and of warnings, to print.
  private static let maximumMessages = 100

  /// The checks, in the order of the variants.
  package let checks: [VariantCheck]

  /// Checks variants.
  ///
  /// Blocks the calling thread, which must be the main thread.
  package static func run(
    _ variants: [Variant], _ loader: ConfigurationLoader
  ) -> ConfigurationCheck {
    let outcome = Mutex<ConfigurationCheck?>(nil)
    let done = DispatchSemaphore(value: 0)
    // A check leaves nothing behind, so a signal may end the process at any time.
    Task.detached {
      let check = await ConfigurationCheck(variants, loader)
      outcome.withLock { $0 = check }
      done.signal()
    }
    done.wait()
    return outcome.withLock { $0! }
  }

  init(_ variants: [Variant], _ loader: ConfigurationLoader) async {
    let lint = HookLint(loader.site.known)
    checks = await withTaskGroup(of: [(Int, VariantCheck)].self) { group in
      let tasks = max(1, min(variants.count, Processors.count))
      for task in 0..<tasks {
        group.addTask {
          var checks: [(Int, VariantCheck)] = []
          for index in stride(from: task, to: variants.count, by: tasks) {
            checks.append((index, await VariantCheck(variants[index], loader, lint)))
          }
          return checks
        }
      }
      return await group.reduce(into: []) { $0 += $1 }.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  /// Whether no variant has an error.
  package var isPassed: Bool { checks.allSatisfy(\.errors.isEmpty) }

  /// One line for each variant.
  package var text: String {
    checks.map { check in
      let counts = [(check.errors.count, "error"), (check.warnings.count, "warning")]
        .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
      return "\(check.variant.name): \(counts.isEmpty ? "ok" : counts.joined(separator: ", "))\n"
    }.joined()
  }

  /// Each fault once, with the variants that it concerns unless it concerns all. The text is that
  /// of the first variant.
  /// At most 100 of each kind; the last line has the number of the others.
  package var messages: [String] {
    messages(\.errors, "error") + messages(\.warnings, "warning")
  }

  /// Returns a JSON object with the array `variants` and the array `errors`, which is for errors
  /// that concern no variant and is empty here.
  package func json() throws -> String {
    let variants = checks.map { check -> JSONValue in
      var object: [String: JSONValue] = [
        "ok": .boolean(check.errors.isEmpty), "errors": .array(check.errors.map(\.json)),
        "warnings": .array(check.warnings.map(\.json)),
      ]
      for (attribute, value) in check.variant.attributes {
        object[attribute.rawValue] = .string(value)
      }
      return .object(object)
    }
    return try JSONValue.object(["errors": .array([]), "variants": .array(variants)]).text()
  }

  /// Returns the same JSON object for an error that prevented the checks. `variants` is empty.
  package static func json(of error: ConfigurationError) throws -> String {
    let errors = Finding.all(error).map(\.json)
    return try JSONValue.object(["errors": .array(errors), "variants": .array([])]).text()
  }

  private func messages(_ findings: (VariantCheck) -> [Finding], _ kind: String) -> [String] {
    var order: [Finding] = []
    var variants: [String: [String]] = [:]
    for check in checks {
      for finding in findings(check) {
        if variants[finding.fault] == nil { order.append(finding) }
        variants[finding.fault, default: []].append(check.variant.name)
      }
    }
    let told = order.prefix(Self.maximumMessages).map { finding in
      let names = variants[finding.fault] ?? []
      return "\(kind): \(finding.text)\(names.count < checks.count ? Self.scope(names) : "")"
    }
    let remaining = order.count - told.count
    return told + (remaining > 0 ? ["\(kind): and \(remaining) more; --json lists all"] : [])
  }

  private static func scope(_ names: [String]) -> String {
    let others = names.count - 1
    return " (in \(names[0])\(others == 0 ? "" : " and \(others) more"))"
  }
}

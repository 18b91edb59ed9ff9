import Dispatch
import Glibc
import Synchronization

/// Checks of one variant or of many.
package struct ConfigurationCheck: Sendable {
  /// More than anybody reads at once.
  private static let mostMessages = 100

  /// What was found, in the order of the variants.
  package let checks: [VariantCheck]

  /// Checks one variant, or without one every variant of a site: those that `variants:list` names,
  /// or all that its files express. From the main thread, as a build is run.
  ///
  /// - Throws: `ConfigurationError` for a list that names none.
  package static func run(
    _ variant: Variant?, _ loader: ConfigurationLoader
  ) throws -> ConfigurationCheck {
    let variants = try variant.map { [$0] } ?? VariantList(loader).variants()
    let outcome = Mutex<ConfigurationCheck?>(nil)
    let done = DispatchSemaphore(value: 0)
    // There is nothing to clean up: a signal may end the process at once.
    Task.detached {
      let check = await ConfigurationCheck(variants, loader)
      outcome.withLock { $0 = check }
      done.signal()
    }
    done.wait()
    return outcome.withLock { $0! }
  }

  init(_ variants: [Variant], _ loader: ConfigurationLoader) async {
    let lint = HookLint(loader.knownNames)
    checks = await withTaskGroup(of: [(Int, VariantCheck)].self) { group in
      let tasks = max(1, min(variants.count, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
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

  /// Whether nothing would fail a build.
  package var isPassed: Bool { checks.allSatisfy(\.errors.isEmpty) }

  /// One line a variant.
  package var text: String {
    checks.map { check in
      let counts = [(check.errors.count, "error"), (check.warnings.count, "warning")]
        .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)\($0.0 == 1 ? "" : "s")" }
      return "\(check.variant.name): \(counts.isEmpty ? "ok" : counts.joined(separator: ", "))\n"
    }.joined()
  }

  /// Each error and each warning once, with the variants that have it.
  package var messages: [String] {
    messages(\.errors, "error") + messages(\.warnings, "warning")
  }

  /// An object with an array `variants`, and one `errors` for what concerns none of them.
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

  /// The same for what kept a check from beginning.
  package static func json(of error: ConfigurationError) throws -> String {
    let errors = Finding.all(error).map(\.json)
    return try JSONValue.object(["errors": .array(errors), "variants": .array([])]).text()
  }

  private func messages(_ findings: (VariantCheck) -> [Finding], _ kind: String) -> [String] {
    var order: [Finding] = []
    var variants: [Finding: [String]] = [:]
    for check in checks {
      for finding in findings(check) {
        if variants[finding] == nil { order.append(finding) }
        variants[finding, default: []].append(check.variant.name)
      }
    }
    let told = order.prefix(Self.mostMessages).map { finding in
      let names = variants[finding] ?? []
      return "\(kind): \(finding.text)\(names.count < checks.count ? Self.scope(names) : "")"
    }
    let untold = order.count - told.count
    return told + (untold > 0 ? ["\(kind): and \(untold) more; --json tells all"] : [])
  }

  private static func scope(_ names: [String]) -> String {
    let others = names.count - 1
    return " (in \(names[0])\(others == 0 ? "" : " and \(others) more"))"
  }
}

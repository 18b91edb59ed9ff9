import Foundation
import SystemPackage
import TestSupport

@testable import Configuration

/// A fleet of small variants, which differ in their personalities, in a checkout of its own.
struct FleetSite {
  static let personalities = ["a", "b", "c", "d", "e", "f"]

  let checkout: CheckoutFixture

  /// - Parameters:
  ///   - count: the number of variants.
  ///   - more: more sections for the file of the fleet.
  init(_ count: Int = personalities.count, _ more: String = "") throws {
    checkout = try CheckoutFixture()
    try writeFleet(count, more)
    try checkout.fixture.write("checkout/config/product/test.ini", "")
    for name in Self.personalities {
      try checkout.fixture.write("checkout/config/personality/\(name).ini", "")
    }
  }

  func writeFleet(_ count: Int = personalities.count, _ more: String = "") throws {
    let names = Self.personalities.prefix(count).map { "test/master/amd64/amd64/\($0)" }
    try checkout.fixture.write(
      "checkout/config/fleet/small.ini",
      "[variants]\nlist = \(names.joined(separator: " "))\n\(more)")
  }

  /// Returns the program and its arguments.
  func command(_ name: String, _ more: [String] = []) -> [String] {
    [checkout.directory.appending("bin/image-builder").string, "fleet", name, "small"]
      + ["--sysconfdir", checkout.system.string, "--cachedir", checkout.cache.string] + more
  }

  func start(
    _ name: String, _ more: [String] = [], environment: [String: String] = [:]
  ) throws -> RunningProgram {
    let command = command(name, more)
    return try RunningProgram(command[0], Array(command.dropFirst()), environment: environment)
  }

  func run(
    _ name: String, _ more: [String] = [], environment: [String: String] = [:]
  ) throws -> Outcome {
    try start(name, more, environment: environment).wait()
  }

  /// The states of all variants, by personality.
  func states() throws -> [String: JSONValue] {
    let outcome = try run("state", ["--json"])
    guard outcome.status == 0 else {
      throw ShellFailure(command: "fleet state", outcome: outcome)
    }
    let variants = try JSONValue(parsing: outcome.output)["variants"]?.members ?? []
    return Dictionary(
      uniqueKeysWithValues: variants.map {
        (String(($0["variant"]?.string ?? "").suffix(1)), $0)
      })
  }

  /// What the states of all variants say, in the order of personalities.
  func words() throws -> [String] {
    try states().sorted { $0.key < $1.key }.map { $0.value["state"]?.string ?? "" }
  }

  /// The build versions that are published of a variant, sorted.
  func versions(_ personality: String) throws -> [String] {
    try Shell.run(
      "cd '\(checkout.published)' 2>/dev/null && ls test/master/amd64/amd64/\(personality) || true"
    ).lines.map { String($0.split(separator: ".").dropFirst().first ?? "") }
  }
}

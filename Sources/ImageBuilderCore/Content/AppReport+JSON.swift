import Bindings
import Configuration

extension AppReport {
  /// The report as an object. Sizes are in bytes.
  ///
  /// - Throws: `ConfigurationError`.
  func json() throws -> JSONValue {
    let trim = trim
    func object(_ part: AppList.Part) -> [String: JSONValue] {
      [
        "ref": .string("\(part.ref)"), "remote": .string(part.remote),
        "installed_bytes": .count(part.installedSizeInBytes),
        "download_bytes": .count(part.downloadSizeInBytes), "up_to": .boolean(part.isPartial),
      ]
    }
    func object(_ bundle: AppList.Bundle) -> JSONValue {
      var members = object(bundle.main)
      members["extensions"] = .array(bundle.extensions.map { .object(object($0)) })
      if let runtime = bundle.runtime { members["runtime"] = .string("\(runtime)") }
      if let trim { members["remove"] = .boolean(trim.removed.contains(bundle.main.ref)) }
      return .object(members)
    }
    func lists(_ list: AppList) -> [String: JSONValue] {
      [
        "apps": .array(list.apps.map(object)), "runtimes": .array(list.runtimes.map(object)),
        "installed_bytes": .count(list.parts.installedSize.sizeInBytes),
        "download_bytes": .count(list.parts.downloadSize.sizeInBytes),
        "up_to": .boolean(list.parts.installedSize.isUpperBound),
      ]
    }
    var members = lists(list)
    members["languages"] = .array(settings.languages.map(JSONValue.string))
    members["warnings"] = .array(warnings.map(JSONValue.string))
    if let trim {
      members["trim"] = .object([
        "wanted_bytes": .count(trim.wantedSizeInBytes),
        "saved_bytes": .count(trim.savedSize.sizeInBytes),
        "is_enough": .boolean(trim.isEnough),
      ])
    }
    if let estimate = try estimate(without: 0) {
      members["image_bytes"] = .count(estimate.sizeInBytes)
      if let maximum = estimate.maximumInBytes { members["image_max_bytes"] = .count(maximum) }
    }
    if let other {
      members["against"] = .object(
        lists(other.list).merging(["personality": .string(other.personality)]) { first, _ in first }
      )
    }
    return .object(members)
  }
}

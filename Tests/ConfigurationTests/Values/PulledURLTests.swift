import TestSupport
import Testing

@testable import Configuration

@Suite struct PulledURLTests {
  private func load(_ options: String, isProduction: Bool = false) throws -> Configuration {
    let site = try Site(["config/defaults.ini": "[ostree]\n\(options)\n"])
    return try Configuration.load(
      Variant(product: "test", branch: "master", arch: "amd64", personality: "base"),
      from: site.sources,
      settings: BuildSettings(usesProductionOSTree: isProduction))
  }

  @Test(arguments: [
    ("url = https://a", false, "https://a", "ostree:url"),
    ("prod_url = https://a\nurl = https://b", true, "https://a", "ostree:prod_url"),
    ("url = https://a\ndev_pull_url = http://near/", false, "http://near", "ostree:dev_pull_url"),
    (
      "dev_pull_url = https://d\nprod_pull_url = https://p", false, "https://d",
      "ostree:dev_pull_url"
    ),
    (
      "dev_pull_url = https://d\nprod_pull_url = https://p", true, "https://p",
      "ostree:prod_pull_url"
    ),
    ("dev_pull_url =", false, "", "ostree:url"),
    ("", true, "", "ostree:prod_url"),
  ])
  func whatIsPulled(_ options: String, isProduction: Bool, url: String, option: String) throws {
    let pulled = try PulledURL(load(options, isProduction: isProduction))
    #expect(pulled.text == url)
    #expect("\(pulled.option)" == option)
  }

  /// By default, `deploy_url` refers to `prod_url`.
  @Test(arguments: [
    ("url = https://a\ndev_pull_url = http://near/", ["url"]),
    ("url = a\nprod_url = b\ndev_pull_url = c\nprod_pull_url = d", ["url"]),
    (
      "url = a\nprod_url = b\ndev_pull_url = c\nprod_pull_url = d\ndeploy_url = e",
      ["url", "prod_url"]
    ),
    ("url = https://a\ndev_pull_url = ${url}x", []),
    ("url = https://a\ndev_pull_url = b\n[image]\nsource = ${ostree:url}", []),
    ("url = https://a\ndev_pull_url = b\ndeploy_url = ${url}", []),
    ("url =\ndev_pull_url = b", []), ("dev_pull_url = b", []), ("url = b\ndev_pull_url =", []),
  ])
  func aURLThatNothingUsesIsTold(_ options: String, ignored: [String]) throws {
    let warnings = try load(options).warnings.map { "\($0)" }
    #expect(warnings.count == ignored.count, "\(warnings)")
    for (warning, option) in zip(warnings, ignored) {
      #expect(warning.hasPrefix("ostree:\(option) ("), "\(warning)")
      #expect(warning.contains("is pulled instead"), "\(warning)")
    }
  }
}

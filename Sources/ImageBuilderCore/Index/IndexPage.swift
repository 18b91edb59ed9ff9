import Configuration

/// index.html: the index for people. It needs no server-side program and no other file.
struct IndexPage {
  private let document: IndexDocument

  init(_ document: IndexDocument) {
    self.document = document
  }

  var text: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Images</title>
    <style>
    \(IndexStyle.text)
    </style>
    </head>
    <body>
    <header>
    <h1>Images</h1>
    <p>\(summary) <a href="index.json">index.json</a> has the same for programs.</p>
    <p><input id="filter" type="search" placeholder="Filter, for example: eos en" \
    aria-label="Filter the table"> <label><input id="newest" type="checkbox"> newest only</label></p>
    </header>
    <main>
    <table>
    <thead><tr>\(Self.columns.map { "<th scope=\"col\"><button>\($0)</button></th>" }.joined())</tr>\
    </thead>
    <tbody>
    \(document.variants.flatMap(rows).joined(separator: "\n"))
    </tbody>
    </table>
    </main>
    <script>
    \(IndexScript.text)
    </script>
    </body>
    </html>

    """
  }

  private static let columns = ["Variant", "Version", "Published", "System", "Booted", "Files"]

  private var summary: String {
    let versions = document.variants.reduce(0) { $0 + $1.versions.count }
    return "\(counted(versions, "version")) of \(counted(document.variants.count, "variant"))."
  }

  private func counted(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  private func rows(_ variant: IndexDocument.Variant) -> [String] {
    variant.versions.map { version in
      let isLatest = version.version == variant.latest
      let cells = [
        escaped(variant.path.replacing("/", with: " / ")),
        escaped(version.buildVersion ?? version.version) + badges(version, isLatest: isLatest),
        "<time>\(escaped(version.published))</time>",
        escaped(version.osVersion ?? ""), boots(version), files(version, in: variant),
      ]
      let tagged = zip(Self.columns, cells).map { "<td data-label=\"\($0)\"><div>\($1)</div></td>" }
      return "<tr\(isLatest ? " class=\"latest\"" : "")>\(tagged.joined())</tr>"
    }
  }

  private func badges(_ version: IndexDocument.Version, isLatest: Bool) -> String {
    (isLatest ? " <b class=\"badge\">newest</b>" : "")
      + (version.isReleased ? " <b class=\"badge\">released</b>" : "")
  }

  private func boots(_ version: IndexDocument.Version) -> String {
    guard !version.boots.isEmpty else { return "<span class=\"none\">not tested</span>" }
    return version.boots.map { boot in
      let isPassed = boot.result == "passed"
      let name = [boot.format, boot.firmware].compactMap { $0 }.joined(separator: "-")
      return "<span class=\"\(isPassed ? "passed" : "failed")\">\(escaped(name)) "
        + "\(isPassed ? "✓" : "✗")</span>"
    }.joined(separator: " ")
  }

  private func files(
    _ version: IndexDocument.Version, in variant: IndexDocument.Variant
  ) -> String {
    let directory = "\(variant.path)/\(version.version)"
    let images = version.files.filter { version.images.contains($0.name) }
    let downloads = images.map { image in
      let size = image.size.map { " <small>\(formattedMegabytes($0))</small>" } ?? ""
      return "\(link(directory, image.name, shortName(image.name, version)))\(size)"
    }
    return (downloads + [details(version, directory)]).joined(separator: "<br>")
  }

  private func details(_ version: IndexDocument.Version, _ directory: String) -> String {
    let rows = version.files.map { file in
      "<li>\(link(directory, file.name, shortName(file.name, version)))"
        + "\(file.size.map { ", \(formattedMegabytes($0))" } ?? "")<br>"
        + "<code>\(escaped(file.sha256))</code></li>"
    }
    let lists =
      link(directory, OutputListing.checksumList, OutputListing.checksumList)
      + (version.isSigned
        ? ", signed: "
          + link(
            directory, OutputListing.checksumListSignature, OutputListing.checksumListSignature)
        : ", not signed")
    let facts = [
      version.signer.map { "key <code>\(escaped($0))</code>" },
      version.commit.map { "commit <code>\(escaped($0))</code>" },
    ].compactMap { $0 }.map { "<p>\($0)</p>" }.joined()
    return "<details><summary>digests and signatures</summary><p>\(lists)</p>\(facts)"
      + "<ul>\(rows.joined())</ul></details>"
  }

  private func shortName(_ name: String, _ version: IndexDocument.Version) -> String {
    name.hasPrefix("\(version.version).")
      ? String(name.dropFirst(version.version.count + 1)) : name
  }

  private func link(_ directory: String, _ name: String, _ text: String) -> String {
    "<a href=\"\(percentEncoded(path: "\(directory)/\(name)"))\">\(escaped(text))</a>"
  }

  /// Text in HTML. The facts come from files at the destination, which anybody may have written.
  private func escaped(_ text: String) -> String {
    markupEscaped(visible(text))
  }
}

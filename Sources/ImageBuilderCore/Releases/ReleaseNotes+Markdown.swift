import Configuration

extension ReleaseNotes {
  /// The notes as Markdown.
  package var markdown: String {
    let sections = [
      head, table, upstream, listed("Packages", \.packages), listed("Settings and hooks", \.inputs),
      images,
    ]
    return sections.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") + "\n" }
      .joined(separator: "\n")
  }

  private var head: [String] {
    let before =
      previous.map { "The release before is \(visible($0))." } ?? "This is the first release."
    return ["# \(visible(fleet)) \(visible(version))", "", before]
  }

  private var table: [String] {
    let rows = variants.map { variant in
      let end = variant.endOfLife ?? ""
      let build = variant.buildVersion + (variant.isGone ? " (removed)" : "")
      return [variant.variant, build, Self.text(variant.osVersion), end]
    }
    return Self.table(["variant", "version", "system", "supported until"], rows)
  }

  private var upstream: [String] {
    var variants: [[String]: [String]] = [:]
    for variant in self.variants {
      guard let now = variant.commit.now else { continue }
      let change = [variant.commit.before.flatMap { $0 == now ? nil : $0 }, now].compactMap { $0 }
      variants[change, default: []].append(variant.variant)
    }
    guard !variants.isEmpty else { return [] }
    let commits = variants.sorted { $0.value[0] < $1.value[0] }.flatMap { change, names in
      subject(names)
        + change.enumerated().map { index, commit in
          change.count == 1
            ? "- commit `\(visible(commit))`"
            : "- commit \(index == 0 ? "before" : "now   ") `\(visible(commit))`"
        }
    }
    return ["## Upstream"] + commits
  }

  /// The changes of a kind. Variants with the same changes are listed together.
  private func listed(_ title: String, _ kind: (Variant) -> NamedChanges?) -> [String] {
    var variants: [NamedChanges: [String]] = [:]
    for variant in self.variants {
      guard let changes = kind(variant), !changes.isEmpty else { continue }
      variants[changes, default: []].append(variant.variant)
    }
    guard !variants.isEmpty else { return [] }
    let changes = variants.sorted { $0.value[0] < $1.value[0] }.flatMap { changes, names in
      subject(names)
        + changes.added.map { "- added: \(Self.name($0)) \(Self.value($0.to))" }
        + changes.removed.map { "- removed: \(Self.name($0)) \(Self.value($0.from))" }
        + changes.changed.map {
          "- changed: \(Self.name($0)) \(Self.value($0.from, to: $0.to))"
        }
    }
    return ["## \(title)"] + changes.map(Self.withoutBlankAtEnd)
  }

  private var images: [String] {
    let rows = variants.flatMap { variant in
      variant.images.map { image in
        let before = variant.imagesBefore.first { $0.kind == image.kind }
        return [
          variant.variant, image.kind, formattedMegabytes(image.size),
          before.map { formattedMegabytes($0.size) } ?? "",
        ]
      }
    }
    guard !rows.isEmpty else { return [] }
    let digests = variants.flatMap(\.images).map {
      visible("\($0.sha256)  \($0.file)")
    }
    return ["## Images", ""] + Self.table(["variant", "image", "size", "before"], rows)
      + ["", "```"] + digests + ["```"]
  }

  /// Says which variants are meant, unless all are.
  private func subject(_ names: [String]) -> [String] {
    names.count == variants.count ? [""] : [""] + names.map { "\(visible($0))  " } + [""]
  }

  private static func name(_ change: NamedChanges.Change) -> String {
    "`\(visible(change.name))`"
  }

  /// A version; nothing for a digest, which tells nobody anything.
  private static func value(_ text: String?) -> String {
    guard let text, !DigestSyntax.isValid(text), text.utf8.count <= 40 else { return "" }
    return visible(text)
  }

  private static func value(_ old: String?, to new: String?) -> String {
    let (old, new) = (value(old), value(new))
    return old.isEmpty || new.isEmpty ? "" : "\(old) -> \(new)"
  }

  private static func text(_ text: Text) -> String {
    guard let before = text.before, before != text.now else { return text.now ?? "" }
    return "\(before) -> \(text.now ?? "")"
  }

  private static func withoutBlankAtEnd(_ line: String) -> String {
    line.hasPrefix("- ") && line.hasSuffix(" ") ? String(line.dropLast()) : line
  }

  /// A table whose columns are aligned in the source, too. The last columns may be missing.
  private static func table(_ titles: [String], _ rows: [[String]]) -> [String] {
    let used = titles.indices.filter { column in rows.contains { !$0[column].isEmpty } }
    let cells = ([titles] + rows).map { row in
      used.map { visible(row[$0]).replacing("|", with: "\\|") }
    }
    let widths = used.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    let lines = cells.map { row in
      "| "
        + zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
        .joined(separator: " | ") + " |"
    }
    let rule = "|" + widths.map { String(repeating: "-", count: $0 + 2) + "|" }.joined()
    return [lines[0], rule] + lines.dropFirst()
  }
}

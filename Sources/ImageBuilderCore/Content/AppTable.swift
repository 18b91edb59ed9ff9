import Bindings

/// The table of the applications in an image, for a terminal of 80 columns.
struct AppTable {
  /// What the rows are grouped by.
  enum Grouping: String, Sendable, CaseIterable {
    /// Each runtime with the applications that need it.
    case runtime
    /// Applications of the personality, other applications, runtimes.
    case nature
  }

  private struct Group {
    let title: String
    let bundles: [AppList.Bundle]

    var parts: [AppList.Part] { bundles.flatMap(\.parts) }
  }

  private struct Row {
    let name: String
    let remote: String
    let installed: String
    let download: String
    let fate: String
  }

  private static let width = 80
  private let list: AppList
  private let personality: String
  private let trim: AppTrim?
  private let kept: Set<String>

  /// - Parameters:
  ///   - personality: applications whose names end with it, or with its language, belong to it.
  ///   - trim: what is proposed to be removed; nil if nothing is to be.
  ///   - kept: the names of applications that are never removed.
  init(_ list: AppList, personality: String, trim: AppTrim?, kept: Set<String>) {
    (self.list, self.personality, self.trim, self.kept) = (list, personality, trim, kept)
  }

  /// The groups with their sums.
  func text(_ grouping: Grouping) -> String {
    let groups = (grouping == .runtime ? byRuntime : byNature).filter { !$0.bundles.isEmpty }
    guard !groups.isEmpty else { return "The image gets no Flatpaks.\n" }
    let sums = groups.map { sum("", $0.parts) } + [sum("all", list.parts)]
    let columns = Columns(
      groups.flatMap(\.bundles).flatMap(rows) + sums, hasFate: trim != nil, width: Self.width)
    return groups.map { text($0, columns) }.joined() + columns.text(sum("all", list.parts))
  }

  private func text(_ group: Group, _ columns: Columns) -> String {
    let lines = (group.bundles.flatMap(rows) + [sum("", group.parts)]).map(columns.text)
    return "\(group.title)\n\(columns.header)\(lines.joined())\n"
  }

  private var byRuntime: [Group] {
    let known = Set(list.runtimes.map(\.main.ref))
    let groups = list.runtimes.map { runtime in
      Group(
        title: "\(runtime.main.ref.name)//\(runtime.main.ref.branch)",
        bundles: [runtime] + bySize(list.apps.filter { $0.runtime == runtime.main.ref }))
    }
    let others = list.apps.filter { app in app.runtime.map { !known.contains($0) } ?? true }
    return groups.sorted {
      $0.parts.installedSize.sizeInBytes > $1.parts.installedSize.sizeInBytes
    }
      + [Group(title: "Applications without a runtime", bundles: bySize(others))]
  }

  private var byNature: [Group] {
    let names = [personality, String(personality.prefix { $0 != "_" })]
    let own = list.apps.filter { app in
      app.main.ref.name.split(separator: ".").last.map { names.contains(String($0)) } ?? false
    }
    let others = list.apps.filter { app in !own.contains { $0.main.ref == app.main.ref } }
    return [
      Group(title: "Applications of \(personality)", bundles: bySize(own)),
      Group(title: "Applications", bundles: bySize(others)),
      Group(title: "Runtimes", bundles: bySize(list.runtimes)),
    ]
  }

  private func bySize(_ bundles: [AppList.Bundle]) -> [AppList.Bundle] {
    bundles.sorted {
      ($1.installedSizeInBytes, $0.main.ref) < ($0.installedSizeInBytes, $1.main.ref)
    }
  }

  private func rows(_ bundle: AppList.Bundle) -> [Row] {
    [row(bundle.main, indentation: "", fate(bundle.main.ref))]
      + bundle.extensions.map { row($0, indentation: "  ", "") }
  }

  private func row(_ part: AppList.Part, indentation: String, _ fate: String) -> Row {
    let branch = part.ref.kind == .runtime ? "//\(part.ref.branch)" : ""
    return Row(
      name: "\(indentation)\(part.ref.name)\(branch)", remote: part.remote,
      installed: "\([part].installedSize)", download: "\([part].downloadSize)", fate: fate)
  }

  private func sum(_ title: String, _ parts: [AppList.Part]) -> Row {
    Row(
      name: title, remote: "", installed: "\(parts.installedSize)",
      download: "\(parts.downloadSize)", fate: "")
  }

  private func fate(_ ref: FlatpakRef) -> String {
    guard let trim else { return "" }
    if ref.kind == .app {
      return trim.removed.contains(ref) ? "yes" : kept.contains(ref.name) ? "never" : "no"
    }
    let users = list.apps.filter { $0.runtime == ref }.map(\.main.ref)
    let isLeft = list.wantedRuntimes.contains(ref) || users.isEmpty
    return !isLeft && trim.removed.isSuperset(of: users) ? "yes" : "no"
  }

  /// The widths of the columns. A name that is too long gets a line of its own.
  private struct Columns {
    private let name: Int
    private let remote: Int
    private let size: Int
    private let hasFate: Bool

    init(_ rows: [Row], hasFate: Bool, width: Int) {
      self.hasFate = hasFate
      size = max(9, rows.flatMap { [$0.installed.count, $0.download.count] }.max() ?? 0)
      remote = max(6, min(12, rows.map(\.remote.count).max() ?? 0))
      let room = width - remote - 2 * size - 6 - (hasFate ? 9 : 0)
      name = max(20, min(room, rows.map(\.name.count).max() ?? 0))
    }

    var header: String {
      line("ID", "Remote", "Installed", "Download", hasFate ? "Remove?" : "")
    }

    func text(_ row: Row) -> String {
      line(row.name, row.remote, row.installed, row.download, row.fate)
    }

    private func line(
      _ name: String, _ remote: String, _ installed: String, _ download: String, _ fate: String
    ) -> String {
      let isLong = name.count > self.name
      let first = isLong ? "\(name)\n" : ""
      let line = [
        left(isLong ? "" : name, self.name), left(remote, self.remote), right(installed),
        right(download), fate,
      ].joined(separator: "  ")
      let end = line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex
      return "\(first)\(line[..<end])\n"
    }

    private func left(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func right(_ text: String) -> String {
      String(repeating: " ", count: max(0, size - text.count)) + text
    }
  }
}

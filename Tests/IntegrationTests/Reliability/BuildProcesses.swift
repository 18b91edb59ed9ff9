import Foundation

/// The processes of a running build.
struct BuildProcesses {
  /// The name of the engine as the kernel stores it: 15 bytes (TASK_COMM_LEN).
  private static let engineName = "image-builder-engine".prefix(15)

  /// The role of a process in a build. Each process is a child of the previous one.
  enum Role: CaseIterable {
    case program, initProcess, isolated, script, stage, hook
  }

  private struct Entry {
    let processID: Int32
    let parent: Int32
    let name: Substring
  }

  /// The processes that exist, beginning with the program.
  let all: [(role: Role, processID: Int32)]

  init(of program: Int32) {
    let entries = Self.entries()
    var found = [(Role.program, program)]
    for role in Role.allCases.dropFirst() {
      let parent = found.last!.1
      let name = [Role.script: "bash", .hook: nil][role, default: Self.engineName]
      guard
        let child = entries.first(where: {
          $0.parent == parent && (name == nil || $0.name == name!)
        })
      else { break }
      found.append((role, child.processID))
    }
    all = found
  }

  /// Returns the process with a role. If it does not exist, returns its closest ancestor.
  func nearest(_ role: Role) -> (role: Role, processID: Int32) {
    let depth = Role.allCases.firstIndex(of: role)!
    return all[min(depth, all.count - 1)]
  }

  /// proc_pid_stat(5): `PID (NAME) STATE PARENT ...`
  private static func entries() -> [Entry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap(Int32.init).sorted().compactMap { processID in
      guard let data = FileManager.default.contents(atPath: "/proc/\(processID)/stat") else {
        return nil
      }
      let text = String(decoding: data, as: UTF8.self)
      guard let open = text.firstIndex(of: "("), let close = text.lastIndex(of: ")"),
        let parent = text[close...].split(separator: " ").dropFirst(2).first.flatMap({ Int32($0) })
      else { return nil }
      return Entry(
        processID: processID, parent: parent, name: text[text.index(after: open)..<close])
    }
  }
}

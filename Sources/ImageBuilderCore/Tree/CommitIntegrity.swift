import Bindings
import Configuration
import SystemPackage

/// Verifies the objects of an OSTree repository by reading them completely.
struct CommitIntegrity {
  /// A damaged object.
  struct Damage: Sendable {
    let name: Repository.ObjectName
    let message: String
  }

  private let path: FilePath

  init(in path: FilePath) {
    self.path = path
  }

  /// Verifies all objects of a commit. It uses all processors but one, because the disk image is
  /// made at the same time.
  ///
  /// - Returns: a message for each damaged object.
  /// - Throws: `GLibError`.
  func damaged(of commit: String) async throws -> [String] {
    let path = path
    let objects: [Repository.ObjectName]
    var unlisted: [String] = []
    do {
      objects = try await BlockingWork.run { _ in try Repository(opening: path).objects(of: commit)
      }
    } catch let error as GLibError {
      // A commit or dirtree object is missing or damaged, so the objects of the commit cannot be
      // listed.
      unlisted = [error.message]
      objects = try await BlockingWork.run { _ in try Repository(opening: path).allObjects() }
    }
    return try await unlisted + damaged(among: objects).map(\.message)
  }

  /// Verifies all objects of the repository.
  ///
  /// - Throws: `GLibError`.
  func damaged() async throws -> [Damage] {
    let path = path
    return try await damaged(
      among: BlockingWork.run { _ in try Repository(opening: path).allObjects() })
  }

  private func damaged(among objects: [Repository.ObjectName]) async throws -> [Damage] {
    let path = path
    let parts = max(1, Processors.count - 1)
    return try await withThrowingTaskGroup(of: [Damage].self) { group in
      for part in 0..<parts {
        group.addTask {
          try await BlockingWork.run { _ in
            // libostree's repository object must not be shared by threads.
            let repository = try Repository(opening: path)
            return stride(from: part, to: objects.count, by: parts).compactMap { index in
              do throws(GLibError) {
                try repository.verifyObject(objects[index])
                return nil
              } catch {
                return Damage(name: objects[index], message: error.message)
              }
            }
          }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }.sorted { $0.message < $1.message }
    }
  }
}

import Bindings
import Glibc
import SystemPackage

/// The objects of an OSTree repository, read to the last byte.
struct CommitIntegrity {
  private let path: FilePath

  init(in path: FilePath) {
    self.path = path
  }

  /// What is wrong with the objects that a commit consists of, each named; on all processors but
  /// one, which makes the image meanwhile.
  func damaged(of commit: String) async throws -> [String] {
    let path = path
    let objects: [Repository.ObjectName]
    var unlisted: [String] = []
    do {
      objects = try await BlockingWork.run { _ in try Repository(opening: path).objects(of: commit)
      }
    } catch let error as GLibError {
      // One that leads to others is missing, or damaged and leads elsewhere.
      unlisted = [error.message]
      objects = try await BlockingWork.run { _ in try Repository(opening: path).allObjects() }
    }
    return try await unlisted + damaged(among: objects)
  }

  private func damaged(among objects: [Repository.ObjectName]) async throws -> [String] {
    let path = path
    let parts = max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)) - 1)
    return try await withThrowingTaskGroup(of: [String].self) { group in
      for part in 0..<parts {
        group.addTask {
          try await BlockingWork.run { _ in
            // libostree's repository is not made for several threads.
            let repository = try Repository(opening: path)
            return stride(from: part, to: objects.count, by: parts).compactMap { index in
              do throws(GLibError) {
                try repository.verifyObject(objects[index])
                return nil
              } catch {
                return error.message
              }
            }
          }
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }.sorted()
    }
  }
}

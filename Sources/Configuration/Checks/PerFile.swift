import Synchronization
import SystemPackage

/// A value for each file that is computed once, also if several tasks need it at the same time.
final class PerFile<Value: Sendable>: Sendable {
  private let tasks = Mutex<[FilePath: Task<Value, Never>]>([:])

  /// Returns the task that computes the value of a file, and starts it if it is new.
  func task(
    _ path: FilePath, _ compute: @escaping @Sendable () async -> Value
  ) -> Task<Value, Never> {
    tasks.withLock { tasks in
      if let task = tasks[path] { return task }
      let task = Task { await compute() }
      tasks[path] = task
      return task
    }
  }
}

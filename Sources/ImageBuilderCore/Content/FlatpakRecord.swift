import Bindings
import Configuration
import SystemPackage

/// What is in the cache: the newest commits of refs, as they were pulled.
struct FlatpakRecord: Codable, Equatable {
  /// A pulled ref.
  struct Pulled: Codable, Equatable {
    let commit: String
    /// The directories of the ref that were pulled, such as `/de`; empty for all.
    let subpaths: [String]
    /// The time of the commit in seconds since the epoch; nil if the summary did not say it.
    let timestamp: UInt64?
  }

  /// The refs of a remote. Another URL is another remote.
  struct Remote: Codable, Equatable {
    let url: String
    var refs: [String: Pulled] = [:]
  }

  private(set) var remotes: [String: Remote] = [:]

  /// Reads the record. Without a readable file, nothing was pulled.
  init(at path: FilePath) {
    guard let text = try? FileAccess.text(of: path),
      let record: FlatpakRecord = try? JSONValue(parsing: text).decoded()
    else { return }
    self = record
  }

  subscript(remote: String, ref: String) -> Pulled? {
    get { remotes[remote]?.refs[ref] }
    set { remotes[remote]?.refs[ref] = newValue }
  }

  /// Forgets what was pulled from the remote of this name, if it had another URL.
  ///
  /// - Returns: whether it had.
  @discardableResult
  mutating func use(_ remote: String, at url: String) -> Bool {
    guard remotes[remote]?.url != url else { return false }
    defer { remotes[remote] = Remote(url: url) }
    return remotes[remote] != nil
  }

  func write(to path: FilePath) throws {
    try FileAccess.write(JSONValue(encoding: self).text(), to: path)
  }
}

extension FlatpakRecord.Pulled {
  /// - Parameter earlier: what was pulled of the ref before. Other directories of the same commit stay.
  init(_ operation: FlatpakOperation, after earlier: Self?, timestamp: UInt64?) {
    let others = earlier?.commit == operation.commit ? earlier?.subpaths ?? [] : []
    commit = operation.commit
    subpaths =
      operation.subpaths.isEmpty ? [] : Set(operation.subpaths).union(others).sorted()
    self.timestamp = timestamp
  }

  /// Whether everything that an operation needs was pulled.
  func covers(_ operation: FlatpakOperation) -> Bool {
    guard commit == operation.commit else { return false }
    return subpaths.isEmpty
      || (!operation.subpaths.isEmpty && Set(operation.subpaths).isSubset(of: subpaths))
  }
}

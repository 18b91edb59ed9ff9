import Configuration

/// The commits of the trees of a fleet, as they are now. Each tree is asked for once.
struct FleetTrees: Sendable {
  private static let parallelism = 8

  /// What is known of a tree, or why nothing is known.
  enum Answer: Sendable {
    case known(CommitNow)
    case unknown(String)
  }

  private let answers: [String: Answer]

  /// - Throws: `CancellationError`.
  init(_ members: [Fleet.Member]) async throws {
    var first: [String: Fleet.Member] = [:]
    for member in members { first[Self.key(of: member)] = first[Self.key(of: member)] ?? member }
    let found = try await concurrentMap(Array(first), atMost: Self.parallelism) { key, member in
      (key, try await Self.answer(member))
    }
    answers = Dictionary(uniqueKeysWithValues: found)
  }

  private static func answer(_ member: Fleet.Member) async throws -> Answer {
    do {
      return .known(try await CommitNow.find(member.configuration, member.paths))
    } catch let error as CancellationError {
      throw error
    } catch {
      return .unknown(member.configuration.secretFilter("\(error)"))
    }
  }

  func answer(for member: Fleet.Member) -> Answer {
    answers[Self.key(of: member)] ?? .unknown("nothing is known of its tree")
  }

  /// Equal for variants with the same tree.
  static func key(of member: Fleet.Member) -> String {
    guard let source = try? TreeSource(member.configuration, member.paths) else {
      return member.name
    }
    return "\(source.remote.url)\0\(source.ref)\0\(member.paths.contentRepository)"
  }
}

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

  /// - Parameter earlier: commits that are known already are those of this look, whatever the remotes
  ///   have now, so that all variants of a run have the same.
  /// - Throws: `CancellationError`.
  init(_ members: [Fleet.Member], keeping earlier: FleetTrees? = nil) async throws {
    var answers =
      earlier?.answers.filter { if case .known(.commit) = $1 { true } else { false } } ?? [:]
    var first: [String: Fleet.Member] = [:]
    for member in members {
      let source = Self.source(of: member)
      if answers[source] == nil { first[source] = first[source] ?? member }
    }
    let found = try await concurrentMap(Array(first), atMost: Self.parallelism) { source, member in
      (source, try await Self.answer(member))
    }
    for (source, answer) in found { answers[source] = answer }
    self.answers = answers
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
    answers[Self.source(of: member)] ?? .unknown("nothing is known of its tree")
  }

  /// Equal for variants with the same tree.
  private static func source(of member: Fleet.Member) -> String {
    guard let source = try? TreeSource(member.configuration, member.paths) else {
      return member.name
    }
    return "\(source.remote.url)\0\(source.ref)"
  }

  /// Equal for variants that have the same tree in the same content repository, so that one of them
  /// pulls it for all.
  static func key(of member: Fleet.Member) -> String {
    "\(source(of: member))\0\(member.paths.contentRepository)"
  }
}

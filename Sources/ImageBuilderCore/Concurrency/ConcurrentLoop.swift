/// Runs `body` for all elements, several at a time. The first error cancels the others.
///
/// - Parameter limit: the largest number of elements at a time.
/// - Throws: what `body` throws.
func forEachConcurrently<Element: Sendable>(
  _ elements: some Sequence<Element>, atMost limit: Int,
  _ body: @escaping @Sendable (Element) async throws -> Void
) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    for (index, element) in elements.enumerated() {
      if index >= limit { try await group.next() }
      group.addTask { try await body(element) }
    }
    try await group.waitForAll()
  }
}

/// Transforms all elements, several at a time, and keeps their order. The first error cancels the
/// others.
///
/// - Parameter limit: the largest number of elements at a time.
/// - Throws: what `transform` throws.
func concurrentMap<Element: Sendable, Result: Sendable>(
  _ elements: [Element], atMost limit: Int,
  _ transform: @escaping @Sendable (Element) async throws -> Result
) async throws -> [Result] {
  try await withThrowingTaskGroup(of: (Int, Result).self) { group in
    var results = [Result?](repeating: nil, count: elements.count)
    for (index, element) in elements.enumerated() {
      if index >= limit, let (done, result) = try await group.next() { results[done] = result }
      group.addTask { (index, try await transform(element)) }
    }
    for try await (done, result) in group { results[done] = result }
    return results.compactMap { $0 }
  }
}

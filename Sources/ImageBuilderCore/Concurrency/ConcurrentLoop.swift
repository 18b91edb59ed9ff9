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

import Foundation

/// How many cases of a long series are tried.
package enum Thoroughness {
  /// Whether all are, as `make test-configuration` asks.
  package static let isFull = ProcessInfo.processInfo.environment["IMAGE_BUILDER_THOROUGH"] != nil
}

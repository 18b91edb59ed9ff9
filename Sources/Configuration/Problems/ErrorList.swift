/// An error that consists of several, each of which is told on a line of its own.
package protocol ErrorList: Error {
  /// The errors.
  var errors: [any Error] { get }
}

/// What is fetched through `publish:public_url` after publishing.
package enum PublicCheck: String, CaseIterable, Sendable {
  /// All files, which are verified as by `--verify`.
  case full
  /// The lists and their signature. The server is asked for the sizes of the other files.
  case lists
  case none
}

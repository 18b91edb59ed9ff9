/// How disk images are compressed, and the last part of their file names.
package enum Compression: String, Sendable, CaseIterable, Codable {
  case zst, gz, xz
}

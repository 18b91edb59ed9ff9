/// The media types of files that browsers and programs download.
enum ContentType {
  private static let types = [
    "json": "application/json", "html": "text/html; charset=utf-8",
    "txt": "text/plain; charset=utf-8", "ini": "text/plain; charset=utf-8",
    "sha256": "text/plain; charset=utf-8", "size": "text/plain; charset=utf-8",
    "asc": "application/pgp-signature", "gpg": "application/pgp-signature",
    "gz": "application/gzip", "xz": "application/x-xz", "zst": "application/zstd",
    "zip": "application/zip", "png": "image/png", "iso": "application/x-iso9660-image",
  ]

  /// The headers of a file. Browsers save signatures instead of showing them.
  static func headers(of name: String) -> [(name: String, value: String)] {
    let file = name.split(separator: "/").last.map(String.init) ?? name
    let isPlain = !file.contains(".")
    let suffix = String(file.split(separator: ".").last ?? "").lowercased()
    let type = isPlain ? "text/plain; charset=utf-8" : types[suffix] ?? "application/octet-stream"
    let disposition = ["asc", "gpg"].contains(suffix) && !isPlain
    return [("content-type", type)] + (disposition ? [("content-disposition", "attachment")] : [])
  }
}

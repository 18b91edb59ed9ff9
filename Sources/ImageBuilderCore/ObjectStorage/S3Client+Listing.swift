import Bindings
import Configuration

/// Objects, and what the names of further objects begin with.
struct S3Listing: Sendable, Equatable {
  var objects: [S3Object] = []
  /// The beginnings of keys, up to and with the next slash.
  var directories: [String] = []
}

extension S3Client {
  /// More pages than any bucket of ours has. A store that sends them never ends.
  private static let maximumPages = 10_000

  /// Asks for the first object below a prefix, to find out whether the bucket can be read.
  ///
  /// - Throws: as `list`.
  func checkReadable(_ prefix: String) async throws {
    _ = try await document(
      "ListBucket",
      Request(
        method: "GET", query: [("list-type", "2"), ("max-keys", "1"), ("prefix", prefix)])
    ) { _ in }
  }

  /// Lists the objects whose keys begin with a prefix.
  ///
  /// - Parameter isFlat: whether objects are listed whose keys contain a slash after the prefix.
  ///   Otherwise their directories are listed.
  /// - Throws: `S3Error`; `S3AnswerError`; `TransferError`; `CancellationError`.
  func list(_ prefix: String, isFlat: Bool) async throws -> S3Listing {
    var query = [
      ("list-type", "2"), ("encoding-type", "url"), ("max-keys", "\(pageSize)"),
      (name: "prefix", value: prefix),
    ]
    if !isFlat { query.append(("delimiter", "/")) }
    let pages = try await pages("ListBucket", query: query) { page in
      (
        try Self.listing(page, prefix: prefix),
        page["NextContinuationToken"].map { [("continuation-token", $0)] }
      )
    }
    return S3Listing(
      objects: pages.flatMap(\.objects), directories: pages.flatMap(\.directories))
  }

  private static func listing(
    _ page: XMLElement, prefix: String
  ) throws(UnreadablePage) -> S3Listing {
    var listing = S3Listing()
    let isEncoded = page["EncodingType"] == "url"
    for entry in page.all("Contents") {
      guard let size = entry["Size"].flatMap({ UInt64($0) }), let tag = entry["ETag"],
        let date = entry["LastModified"].flatMap(seconds)
      else { throw UnreadablePage(problem: "lists an object without size, tag or time") }
      listing.objects.append(
        S3Object(
          key: try key(entry["Key"], isEncoded: isEncoded, prefix: prefix), sizeInBytes: size,
          tag: tag, secondsSinceEpoch: date))
    }
    for entry in page.all("CommonPrefixes") {
      listing.directories.append(
        try key(entry["Prefix"], isEncoded: isEncoded, prefix: prefix))
    }
    return listing
  }

  /// A key of a listing. Nothing else than what was asked for is accepted, because it may be removed.
  static func key(
    _ text: String?, isEncoded: Bool, prefix: String
  ) throws(UnreadablePage) -> String {
    let bytes = text.map { Array($0.utf8) } ?? []
    let plain =
      isEncoded ? percentDecoded(bytes.map { $0 == UInt8(ascii: "+") ? 0x20 : $0 }) : bytes
    guard let key = String(validating: plain, as: UTF8.self), key.hasPrefix(prefix) else {
      throw UnreadablePage(problem: "lists '\(text ?? "")', which is not below \(prefix)")
    }
    return key
  }

  /// The time of a date such as `2026-11-29T02:28:05.000Z`, in seconds since 1970.
  private static func seconds(of date: String) -> Int? {
    let form = #/(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z/#
    guard let match = date.wholeMatch(of: form) else { return nil }
    return HTTPResponse.seconds(of: "\(match.1)\(match.2)\(match.3) \(match.4) GMT")
  }

  /// A page of a list with content that makes no sense.
  struct UnreadablePage: Error {
    /// Worded to follow "the answer".
    let problem: String
  }

  /// Requests the pages of a list until the last one.
  ///
  /// - Parameter read: returns the content of a page, and what is added to the query for the next.
  /// - Throws: `S3Error`; `S3AnswerError`; `TransferError`; `CancellationError`.
  func pages<Page: Sendable>(
    _ root: String, key: String = "", query: [(name: String, value: String)],
    _ read: (XMLElement) throws -> (Page, [(name: String, value: String)]?)
  ) async throws -> [Page] {
    var pages: [Page] = []
    var position: [(name: String, value: String)] = []
    while pages.count < Self.maximumPages {
      let request = Request(method: "GET", key: key, query: query + position)
      let (page, isLast) = try await document(root, request) { document in
        let (page, next) = try read(document)
        let isTruncated = document["IsTruncated"] == "true"
        if isTruncated, next == nil || next!.elementsEqual(position, by: ==) {
          throw UnreadablePage(problem: "has no place where it continues")
        }
        if let next { position = next }
        return (page, !isTruncated)
      }
      pages.append(page)
      if isLast { return pages }
    }
    throw S3AnswerError(
      operation: operation(Request(method: "GET", key: key)),
      problem: "has more than \(Self.maximumPages) pages")
  }
}

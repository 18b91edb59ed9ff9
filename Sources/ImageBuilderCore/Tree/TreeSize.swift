import Bindings
import Configuration

/// The size of some content and its number of files.
struct ContentSize: Sendable, Equatable, Codable {
  let sizeInBytes: UInt64
  let files: UInt64

  /// Larger than any filesystem, but small enough that sums do not overflow.
  static let greatest: UInt64 = 1 << 60
  static let zero = ContentSize(sizeInBytes: 0, files: 0)

  init(sizeInBytes: UInt64, files: UInt64) {
    self.sizeInBytes = sizeInBytes
    self.files = files
  }

  /// The size of some objects of a commit. The sizes come from the remote and may be false.
  init(_ objects: [SizedObject]) {
    files = UInt64(objects.count)
    sizeInBytes = objects.reduce(0) { total, object in
      min(total + min(object.sizeInBytes, Self.greatest), Self.greatest)
    }
  }
}

/// The size of the tree that a build would pull now, and of the part that is missing in the content
/// repository.
struct TreeSize {
  private static let timeoutInSeconds = 5
  private static let maximumCommitSizeInBytes = 16 << 20

  /// The whole tree. This and `missing` are nil if not known.
  let all: ContentSize?
  let missing: ContentSize?

  /// Asks the remote for the current commit of the ref. If it is not the commit that was pulled
  /// last, also asks for the sizes of its objects. Sizes that cannot be read are not known.
  ///
  /// - Parameter remembered: the size of the tree in the last build.
  init(_ source: TreeSource, remembered: ContentSize?) throws {
    let content = try? source.openContentRepository()
    let held = try? content?.checksum(of: source.refspec)
    let wanted = Self.wantedCommit(source)
    if let wanted, wanted != held, let objects = Self.objects(of: wanted, source) {
      all = ContentSize(objects)
      missing = ContentSize(
        objects.filter { object in (try? content?.holds(object.name)) != true })
      return
    }
    let heldSize: () -> ContentSize? = {
      held.flatMap { try? content?.sizedObjects(of: $0) }.map { ContentSize($0) }
    }
    all = remembered ?? heldSize()
    missing = held == nil ? all : wanted == held ? .zero : nil
  }

  private static func wantedCommit(_ source: TreeSource) -> String? {
    if let path = source.localRepository {
      return try? Repository(opening: path).checksum(of: source.ref)
    }
    let bytes = remoteBytes(of: "refs/heads/\(source.ref)", source, maximumSizeInBytes: 256)
    let text = bytes.map { String(decoding: $0.filter { $0 > 32 }, as: UTF8.self) } ?? ""
    return DigestSyntax.isValid(text) ? text : nil
  }

  private static func objects(of commit: String, _ source: TreeSource) -> [SizedObject]? {
    if let path = source.localRepository {
      return try? Repository(opening: path).sizedObjects(of: commit)
    }
    let name = "\(commit.prefix(2))/\(commit.dropFirst(2)).commit"
    let bytes = remoteBytes(
      of: "objects/\(name)", source, maximumSizeInBytes: maximumCommitSizeInBytes)
    return bytes.flatMap(Repository.sizedObjects(inCommit:))
  }

  private static func remoteBytes(
    of file: String, _ source: TreeSource, maximumSizeInBytes: Int
  ) -> [UInt8]? {
    guard let headers = try? source.access.headers() else { return nil }
    return try? RemoteFile.bytes(
      of: source.url(of: file), headers: headers, maximumSizeInBytes: maximumSizeInBytes,
      timeoutInSeconds: timeoutInSeconds, credentials: source.access.credentials)
  }
}

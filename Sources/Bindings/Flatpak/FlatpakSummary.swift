import CGLib

/// What the summary of a remote lists for one architecture; a remote without an index of summaries has
/// one for all architectures.
public struct FlatpakSummary: Sendable {
  /// A ref of any kind, such as `appstream2/x86_64`.
  public struct Entry: Sendable, Equatable {
    /// The checksum of the commit.
    public let commit: String
    /// The time of the commit in seconds since the epoch; nil if the summary does not say it.
    public let timestamp: UInt64?
  }

  /// The refs.
  public let refs: [String: Entry]

  /// Makes a summary of refs.
  public init(refs: [String: Entry]) { self.refs = refs }

  /// Reads the bytes of a summary. libflatpak verifies its signature when it is used. Values that are damaged are
  /// left out.
  public init(_ bytes: [UInt8]) {
    let summary = VariantReference(bytes, type: Self.summaryType)
    let list = summary.child(0)
    var refs: [String: Entry] = [:]
    for index in 0..<list.count {
      let entry = list.child(index)
      guard let name = entry.child(0).string else { continue }
      let facts = entry.child(1)
      guard let checksum = facts.child(1).bytes, checksum.count == 32 else { continue }
      let metadata = facts.child(2)
      // The first key is that of summaries of one architecture.
      let time = metadata.lookup("ot.ts") ?? metadata.lookup("ostree.commit.timestamp")
      refs[name] = Entry(
        commit: hexadecimalText(checksum), timestamp: time.flatMap(\.bigEndianNumber))
    }
    self.refs = refs
  }

  /// The SHA-256, in hexadecimal, of the summary of each architecture that an index names.
  public static func digests(inIndex bytes: [UInt8]) -> [String: String] {
    let entries = VariantReference(bytes, type: indexType).child(0)
    var digests: [String: String] = [:]
    for index in 0..<entries.count {
      let entry = entries.child(index)
      guard let name = entry.child(0).string, let digest = entry.child(1).child(0).bytes,
        digest.count == 32
      else { continue }
      digests[name] = hexadecimalText(digest)
    }
    return digests
  }

  /// The collection ID that a summary, or an index of summaries, declares.
  public static func collectionID(in bytes: [UInt8], isIndex: Bool) -> String? {
    fact("ostree.summary.collection-id", in: bytes, isIndex: isIndex)
  }

  /// The branch of refs that are named without one, if the publisher has set it.
  public static func defaultBranch(in bytes: [UInt8], isIndex: Bool) -> String? {
    fact("xa.default-branch", in: bytes, isIndex: isIndex)
  }

  private static func fact(_ name: String, in bytes: [UInt8], isIndex: Bool) -> String? {
    VariantReference(bytes, type: isIndex ? indexType : summaryType).child(1).lookup(name)?.string
  }

  /// The format of a summary (ostree, OSTREE_SUMMARY_GVARIANT_FORMAT), and of an index (flatpak,
  /// FLATPAK_SUMMARY_INDEX_GVARIANT_FORMAT).
  private static let summaryType = "(a(s(taya{sv}))a{sv})"
  private static let indexType = "(a{s(ayaaya{sv})}a{sv})"
}

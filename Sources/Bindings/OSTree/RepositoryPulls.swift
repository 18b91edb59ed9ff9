import CGLib
import COSTree
import SystemPackage

/// Allows one thread to end a libostree call that is running on another thread.
public final class Cancellation: @unchecked Sendable {
  // GCancellable is one of the few GLib objects that can be used from any thread.
  let object = GObjectReference(taking: OpaquePointer(g_cancellable_new()))

  /// Creates a cancellation that has not been triggered.
  public init() {}

  /// Makes the calls that use this cancellation fail with "Operation was cancelled".
  public func cancel() {
    g_cancellable_cancel(UnsafeMutablePointer(object.pointer))
  }

  var isCancelled: Bool {
    g_cancellable_is_cancelled(UnsafeMutablePointer(object.pointer)) != 0
  }
}

/// Carries a Swift closure through the user data pointer of GLib.
private final class ProgressReceiver {
  let report: (PullProgress) -> Void

  init(report: @escaping (PullProgress) -> Void) {
    self.report = report
  }
}

private func receiveProgress(progress: OpaquePointer?, receiver: gpointer?) {
  guard let progress, let receiver else { return }
  func number(_ name: String) -> UInt64 {
    UInt64(ostree_async_progress_get_uint64(progress, name))
  }
  func count(_ name: String) -> UInt64 { UInt64(ostree_async_progress_get_uint(progress, name)) }
  let bytes = number("bytes-transferred")
  let elapsedSeconds =
    (Double(g_get_monotonic_time()) - Double(number("start-time"))) / 1e6
  Unmanaged<ProgressReceiver>.fromOpaque(receiver).takeUnretainedValue().report(
    PullProgress(
      objects: count("fetched") + count("metadata-fetched-localcache"),
      wantedObjects: count("requested"),
      bytes: bytes,
      bytesPerSecond: elapsedSeconds > 0 ? UInt64(Double(bytes) / elapsedSeconds) : 0))
}

extension Repository {
  /// Pulls the newest commit, or another one, of `ref` from `remote` and verifies signatures and checksums.
  ///
  /// Objects from a `file://` remote are imported as untrusted. Otherwise libostree would not
  /// verify their content.
  ///
  /// A cancelled or stalled pull shuts down every TCP connection of this process, so no other part
  /// of the process may use connections during a pull.
  ///
  /// - Parameters:
  ///   - commit: the commit to pull, which must be bound to the ref if it is bound to any; nil for the
  ///     newest one.
  ///   - acceptsOlder: whether the new commit may be older than the current one.
  ///   - longestSilence: how long the server may send no data; nil means no limit.
  ///   - headers: additional headers of all requests. They are not stored.
  ///   - report: called about once a second, on the calling thread.
  /// - Throws: `GLibError`, `StalledPull`. Objects that were fetched remain and are used by the
  ///   next pull.
  public func pull(
    _ ref: String, at commit: String? = nil, from remote: Remote, acceptsOlder: Bool = false,
    longestSilence: Duration? = nil, headers: [(name: String, value: String)] = [],
    cancellation: Cancellation, report: @escaping (PullProgress) -> Void
  ) throws {
    let flags = remote.isLocal ? OSTREE_REPO_PULL_FLAGS_UNTRUSTED : OSTREE_REPO_PULL_FLAGS_NONE
    let options = OptionsDictionary()
    options.set("refs", to: [ref])
    if let commit { options.set("override-commit-ids", to: [commit]) }
    options.set("flags", to: Int32(flags.rawValue))
    options.set("timestamp-check", to: !acceptsOlder)
    if !headers.isEmpty { options.set("http-headers", to: headers) }
    let operation = "pull \(ref) from \(remote.name) (\(remote.url))"
    if remote.isLocal {
      try pull(from: remote.name, options: options, operation, cancellation, report)
      return
    }
    try PullWatch.watching(cancellation, longestSilence: longestSilence) { watch in
      try pull(from: remote.name, options: options, operation, cancellation, report, watch)
    }
  }

  /// Copies one commit with all its objects from another repository of the same mode on this
  /// machine, as hard links if possible. The content of the objects is not verified.
  ///
  /// - Throws: `GLibError`.
  public func pullLocally(
    _ checksum: String, from source: FilePath, cancellation: Cancellation
  ) throws(GLibError) {
    // A pull creates hard links too, but takes four times as long.
    if try linkObjects(of: checksum, from: Repository(opening: source)) { return }
    try importCommit(checksum, from: source, cancellation: cancellation)
  }

  /// Copies one commit with all its objects and signatures from another repository of any mode on
  /// this machine. The content of the objects is not verified, and not synchronized to the disk.
  ///
  /// - Throws: `GLibError`.
  public func importCommit(
    _ checksum: String, from source: FilePath, cancellation: Cancellation
  ) throws(GLibError) {
    ostree_repo_set_disable_fsync(pointer, 1)
    let options = OptionsDictionary()
    options.set("refs", to: [checksum])
    options.set("gpg-verify", to: false)
    options.set("gpg-verify-summary", to: false)
    try pull(
      from: "file://\(source)", options: options, "copy commit \(checksum) from \(source)",
      cancellation, { _ in })
  }

  private func pull(
    from remote: String, options: OptionsDictionary, _ operation: String,
    _ cancellation: Cancellation, _ report: @escaping (PullProgress) -> Void,
    _ watch: PullWatch? = nil
  ) throws(GLibError) {
    // libostree runs the main context of the thread during a pull. Without a context of its own,
    // the thread would run the default context of the process, including the callbacks of pulls on
    // other threads.
    let context = g_main_context_new()
    g_main_context_push_thread_default(context)
    defer {
      g_main_context_pop_thread_default(context)
      g_main_context_unref(context)
    }
    let progress = GObjectReference(taking: ostree_async_progress_new())
    let receiver = ProgressReceiver(report: report)
    connectSignal(
      "changed", of: progress.pointer,
      unsafeBitCast(
        receiveProgress as @convention(c) (OpaquePointer?, gpointer?) -> Void, to: GCallback.self),
      receiver)
    defer {
      withExtendedLifetime(receiver) { ostree_async_progress_finish(progress.pointer) }
    }
    let turns = watch.map { LoopObserver(of: context, $0, progress) }
    defer { turns?.end() }
    let variant = options.finish()
    try checked(operation) { error in
      ostree_repo_pull_with_options(
        pointer, remote, variant.pointer, progress.pointer,
        UnsafeMutablePointer(cancellation.object.pointer), &error)
    }
  }
}

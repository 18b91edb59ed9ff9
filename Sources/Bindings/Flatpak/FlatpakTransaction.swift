import CFlatpak
import CGLib

/// One installation of a transaction: a ref, and what is installed with it.
public struct FlatpakOperation: Sendable, Equatable {
  /// The ref.
  public let ref: FlatpakRef
  /// The remote that it comes from.
  public let remote: String
  /// The checksum of the commit.
  public let commit: String
  /// The size of what is downloaded in bytes, of all languages.
  public let downloadSizeInBytes: UInt64
  /// The size of the installed files in bytes, of all languages.
  public let installedSizeInBytes: UInt64
  /// The directories of the ref that are installed, such as `/de`; empty for all.
  public let subpaths: [String]
  /// What its file `metadata` says.
  public let metadata: FlatpakMetadata
  /// The refs because of which it is installed; empty for a ref that was asked for.
  public let neededBy: [FlatpakRef]

  init?(_ operation: OpaquePointer) {
    guard let ref = FlatpakRef(String(cString: flatpak_transaction_operation_get_ref(operation)))
    else { return nil }
    self.ref = ref
    remote = String(cString: flatpak_transaction_operation_get_remote(operation))
    commit = flatpak_transaction_operation_get_commit(operation).map { String(cString: $0) } ?? ""
    downloadSizeInBytes = UInt64(
      flatpak_transaction_operation_get_download_size(operation))
    installedSizeInBytes = UInt64(
      flatpak_transaction_operation_get_installed_size(operation))
    subpaths = strings(flatpak_transaction_operation_get_subpaths(operation))
    let file = flatpak_transaction_operation_get_metadata(operation)
    metadata = FlatpakMetadata(
      text: file.flatMap { takeString(g_key_file_to_data($0, nil, nil)) } ?? "")
    let related = flatpak_transaction_operation_get_related_to_ops(operation)
    neededBy =
      related.map { array in
        (0..<Int(array.pointee.len)).compactMap { index in
          array.pointee.pdata[index].flatMap {
            FlatpakRef(String(cString: flatpak_transaction_operation_get_ref(OpaquePointer($0))))
          }
        }
      } ?? []
  }
}

/// The progress of a transaction.
public struct FlatpakProgress: Sendable, Equatable {
  /// The ref that is pulled or installed now.
  public let ref: FlatpakRef
  /// Its number, from 1.
  public let number: Int
  /// The bytes of all refs that have been transferred.
  public let transferredBytes: UInt64
}

/// Resolves, pulls and installs refs with all that they need.
public struct FlatpakTransaction {
  /// What a transaction does.
  public enum Action: Sendable {
    /// Finds out what would be installed. Only summaries are fetched.
    case resolve
    /// Fetches commits and installs nothing.
    case pull
    /// Fetches commits and installs them.
    case install
  }

  /// A ref to install, with the directories of it; empty for all, or for those of the configured
  /// languages.
  public struct Wish: Sendable, Equatable {
    let ref: FlatpakRef
    let remote: String
    let subpaths: [String]

    /// Makes a wish.
    public init(_ ref: FlatpakRef, from remote: String, subpaths: [String] = []) {
      (self.ref, self.remote, self.subpaths) = (ref, remote, subpaths)
    }
  }

  private let installation: FlatpakInstallation
  private let action: Action
  private let wishes: [Wish]
  /// Whether runtimes, languages and other related refs are installed, too.
  public var includesNeeded = true
  /// How long a server may send no data; nil means no limit.
  public var longestSilence: Duration?

  /// Prepares a transaction.
  public init(_ action: Action, _ wishes: [Wish], in installation: FlatpakInstallation) {
    (self.action, self.wishes, self.installation) = (action, wishes, installation)
  }

  /// Runs the transaction. The first failure ends it.
  ///
  /// A runtime that several remotes offer comes from the remote of the application if that has it,
  /// and otherwise from the one with the highest priority.
  ///
  /// - Parameter report: called from time to time, on the calling thread.
  /// - Returns: everything that is installed, pulled or would be.
  /// - Throws: `GLibError`, `StalledPull`.
  public func run(
    cancellation: Cancellation, report: @escaping (FlatpakProgress) -> Void = { _ in }
  ) throws -> [FlatpakOperation] {
    let transaction = GObjectReference(
      taking: OpaquePointer(
        try checkedPointer("prepare \(installation.path)") { error in
          flatpak_transaction_new_for_installation(
            UnsafeMutablePointer(installation.object.pointer), nil, &error)
        }))
    let pointer = UnsafeMutablePointer<CFlatpak.FlatpakTransaction>(transaction.pointer)
    flatpak_transaction_set_no_interaction(pointer, 1)
    flatpak_transaction_set_no_deploy(pointer, action == .pull ? 1 : 0)
    // A delta cannot be applied in a repository of mode archive.
    flatpak_transaction_set_disable_static_deltas(pointer, 1)
    flatpak_transaction_set_disable_prune(pointer, 1)
    flatpak_transaction_set_disable_auto_pin(pointer, action == .install ? 0 : 1)
    if !includesNeeded {
      flatpak_transaction_set_disable_dependencies(pointer, 1)
      flatpak_transaction_set_disable_related(pointer, 1)
    }
    for wish in wishes {
      try withCStringArray(wish.subpaths) { subpaths throws(GLibError) in
        try checked("add \(wish.ref) of the remote \(wish.remote)") { error in
          flatpak_transaction_add_install(
            pointer, wish.remote, wish.ref.description,
            wish.subpaths.isEmpty ? nil : UnsafeMutablePointer(mutating: subpaths), &error)
        }
      }
    }
    let receiver = TransactionReceiver(stopsWhenReady: action == .resolve, report)
    receiver.connect(to: transaction)
    try PullWatch.watching(
      cancellation, longestSilence: action == .install ? nil : longestSilence
    ) { _ in
      var error: UnsafeMutablePointer<GError>?
      let hasRun = flatpak_transaction_run(
        pointer, UnsafeMutablePointer(cancellation.object.pointer), &error)
      if hasRun == 0, !receiver.hasStopped {
        throw GLibError(taking: error, operation: receiver.operation(of: action))
      }
      g_clear_error(&error)
    }
    return withExtendedLifetime((receiver, transaction)) { receiver.operations }
  }
}

/// Receives the signals of a transaction on the thread that runs it.
private final class TransactionReceiver {
  private let stopsWhenReady: Bool
  private let report: (FlatpakProgress) -> Void
  private(set) var operations: [FlatpakOperation] = []
  /// Whether the transaction was ended because everything is known.
  private(set) var hasStopped = false
  private var current: FlatpakRef?
  private var number = 0
  private var bytesOfFinished: UInt64 = 0
  private var bytesOfCurrent: UInt64 = 0

  init(stopsWhenReady: Bool, _ report: @escaping (FlatpakProgress) -> Void) {
    self.stopsWhenReady = stopsWhenReady
    self.report = report
  }

  func operation(of action: FlatpakTransaction.Action) -> String {
    let verb =
      switch action {
      case .resolve: "resolve"
      case .pull: "pull"
      case .install: "install"
      }
    return "\(verb) \(current.map { "\($0)" } ?? "the Flatpak refs")"
  }

  func connect(to transaction: GObjectReference) {
    let ready: @convention(c) (OpaquePointer?, gpointer?) -> gboolean = { transaction, context in
      TransactionReceiver.of(context).becomesReady(transaction) ? 1 : 0
    }
    connect("ready", of: transaction.pointer, unsafeBitCast(ready, to: GCallback.self))
    let begin: @convention(c) (OpaquePointer?, OpaquePointer?, OpaquePointer?, gpointer?) -> Void =
      {
        _, operation, progress, context in
        TransactionReceiver.of(context).begins(operation, progress)
      }
    connect("new-operation", of: transaction.pointer, unsafeBitCast(begin, to: GCallback.self))
    let choose:
      @convention(c) (
        OpaquePointer?, UnsafePointer<CChar>?, UnsafePointer<CChar>?,
        UnsafePointer<UnsafePointer<CChar>?>?, gpointer?
      ) -> Int32 = { _, _, _, _, _ in 0 }
    connect(
      "choose-remote-for-ref", of: transaction.pointer,
      unsafeBitCast(choose, to: GCallback.self))
  }

  private static func of(_ context: gpointer?) -> TransactionReceiver {
    Unmanaged.fromOpaque(context!).takeUnretainedValue()
  }

  private func connect(_ signal: String, of object: OpaquePointer, _ callback: @escaping GCallback)
  {
    connectSignal(signal, of: object, callback, self)
  }

  private func becomesReady(_ transaction: OpaquePointer?) -> Bool {
    let list = flatpak_transaction_get_operations(transaction.map { UnsafeMutablePointer($0) })
    defer { g_list_free_full(list, g_object_unref) }
    for element in sequence(first: list, next: { $0?.pointee.next }) {
      guard let data = element?.pointee.data else { break }
      if let operation = FlatpakOperation(OpaquePointer(data)) { operations.append(operation) }
    }
    hasStopped = stopsWhenReady
    return !stopsWhenReady
  }

  private func begins(_ operation: OpaquePointer?, _ progress: OpaquePointer?) {
    guard let operation, let progress else { return }
    bytesOfFinished += bytesOfCurrent
    bytesOfCurrent = 0
    number += 1
    current = FlatpakRef(String(cString: flatpak_transaction_operation_get_ref(operation)))
    flatpak_transaction_progress_set_update_frequency(progress, 500)
    let changed: @convention(c) (OpaquePointer?, gpointer?) -> Void = { progress, context in
      guard let progress else { return }
      TransactionReceiver.of(context).advances(
        to: UInt64(flatpak_transaction_progress_get_bytes_transferred(progress)))
    }
    connect("changed", of: progress, unsafeBitCast(changed, to: GCallback.self))
    advances(to: 0)
  }

  private func advances(to bytes: UInt64) {
    guard let current else { return }
    bytesOfCurrent = max(bytesOfCurrent, bytes)
    report(
      FlatpakProgress(
        ref: current, number: number, transferredBytes: bytesOfFinished + bytesOfCurrent))
  }
}

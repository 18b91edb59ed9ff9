import Synchronization
import SystemPackage

/// A compressed image on a server, which is hashed while it is unpacked.
final class StreamedImage: Sendable {
  private let outputs: RemoteOutputs
  private let name: String
  private let sizeInBytes: UInt64?
  private let received = Mutex<FileFacts?>(nil)

  init(_ outputs: RemoteOutputs, _ name: String, _ sizeInBytes: UInt64?) {
    self.outputs = outputs
    self.name = name
    self.sizeInBytes = sizeInBytes
  }

  /// The compressed image; nil until all of it has been received.
  var content: FileFacts? { received.withLock { $0 } }

  var packed: PackedImage {
    .stream { [self] pipe in
      let content = try await outputs.content(
        of: name, sizeInBytes: sizeInBytes, writingTo: pipe)
      received.withLock { $0 = content }
    }
  }
}

import Bindings
import Dispatch

/// Computes the SHA-256 of bytes that another thread makes, while it makes the next ones.
final class DigestThread: @unchecked Sendable {
  // The semaphores decide which thread has a slot: the one that fills, then the one that reads.
  private var slots: [UnsafeMutableRawBufferPointer]
  private var counts: [Int]
  private let free: DispatchSemaphore
  private let filled = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)
  private var next = 0
  private var result: MessageDigest.Snapshot?

  /// - Parameter sizeInBytes: of each buffer.
  init(sizeInBytes: Int) {
    let count = 4
    slots = (0..<count).map { _ in .allocate(byteCount: sizeInBytes, alignment: 64) }
    counts = Array(repeating: 0, count: count)
    free = DispatchSemaphore(value: count)
    DispatchQueue(label: "digest").async { [self] in
      result = digest()
      ended.signal()
    }
  }

  deinit {
    for slot in slots { slot.deallocate() }
    // A semaphore must not be less than it was at first when it goes.
    for _ in slots { free.signal() }
  }

  /// A buffer to fill; waits until there is one.
  func buffer() -> UnsafeMutableRawBufferPointer {
    free.wait()
    return slots[next]
  }

  /// Adds the first bytes of the buffer that was given last; none ends it.
  func append(_ count: Int) {
    counts[next] = count
    next = (next + 1) % slots.count
    filled.signal()
  }

  /// The digest of all that was added.
  func finish() -> MessageDigest.Snapshot {
    free.wait()
    append(0)
    ended.wait()
    return result ?? MessageDigest().snapshot
  }

  private func digest() -> MessageDigest.Snapshot {
    let digest = MessageDigest()
    var index = 0
    while true {
      filled.wait()
      if counts[index] == 0 { return digest.snapshot }
      digest.update(UnsafeRawBufferPointer(rebasing: slots[index][..<counts[index]]))
      index = (index + 1) % slots.count
      free.signal()
    }
  }
}

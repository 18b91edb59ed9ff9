import Bindings
import Dispatch

/// Computes SHA-256 on a second thread while the calling thread produces more bytes.
final class DigestThread: @unchecked Sendable {
  // The semaphores pass each slot from the thread that fills it to the thread that reads it and
  // back.
  private var slots: [UnsafeMutableRawBufferPointer]
  private var counts: [Int]
  private let free: DispatchSemaphore
  private let filled = DispatchSemaphore(value: 0)
  private let ended = DispatchSemaphore(value: 0)
  private var next = 0
  private var result: MessageDigest.Snapshot?

  /// - Parameter sizeInBytes: the size of each buffer.
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
    // A semaphore must not have less than its initial value when it is released.
    for _ in slots { free.signal() }
  }

  /// Returns a buffer to fill. Waits until one is free.
  func buffer() -> UnsafeMutableRawBufferPointer {
    free.wait()
    return slots[next]
  }

  /// Adds the first `count` bytes of the buffer that was returned last. 0 ends the digest.
  func append(_ count: Int) {
    counts[next] = count
    next = (next + 1) % slots.count
    filled.signal()
  }

  /// The digest of all bytes that were added.
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

import Bindings
import Dispatch
import Synchronization
import SystemPackage

/// Compresses the pieces of a file independently of each other with several threads, and passes on
/// the results in order, so that the output does not depend on the number of threads.
final class PiecewiseCompression: Sendable {
  /// Compresses a piece on one thread.
  typealias Compressor = (Piece) throws -> [UInt8]

  private let threads: Int
  private let pieceSizeInBytes: Int
  private let input: Mutex<PieceReader>
  private let results = Mutex(OrderedResults())
  /// The number of pieces that may still be started. Without a limit, pieces that wait for a slow
  /// one would fill the memory.
  private let slots = DispatchSemaphore(value: 0)
  private let failure = Mutex<(any Error)?>(nil)

  /// - Throws: `Errno`.
  init(_ source: FramedFile, pieceSizeInBytes: Int, threads: Int) throws {
    self.threads = threads
    self.pieceSizeInBytes = pieceSizeInBytes
    input = Mutex(
      PieceReader(try SparseFileReader(source, pieceSizeInBytes: pieceSizeInBytes)))
    for _ in 0..<(4 * threads) { slots.signal() }
  }

  /// Compresses the whole file.
  ///
  /// - Parameters:
  ///   - makeCompressor: called once on each thread.
  ///   - write: called with the results, in order, by one thread at a time.
  /// - Returns: the facts and the CRC-32 of the input, with its frame.
  /// - Throws: `Errno`; `CancellationError`; what the closures throw.
  func run(
    _ cancellation: BlockingWork.Cancellation, _ makeCompressor: @Sendable () -> Compressor,
    write: @Sendable ([UInt8]) throws -> Void
  ) throws -> (file: FileFacts, checksum: UInt32) {
    DispatchQueue.concurrentPerform(iterations: threads) { _ in
      do {
        try compressPieces(cancellation, makeCompressor(), write)
      } catch {
        failure.withLock { $0 = $0 ?? error }
        // Threads that wait for a slot must see the failure.
        for _ in 0..<threads { slots.signal() }
      }
    }
    if let error = failure.withLock({ $0 }) { throw error }
    return input.withLock { $0.facts }
  }

  private func compressPieces(
    _ cancellation: BlockingWork.Cancellation, _ compress: Compressor,
    _ write: ([UInt8]) throws -> Void
  ) throws {
    let buffer = PieceBuffer(sizeInBytes: pieceSizeInBytes)
    while true {
      slots.wait()
      try cancellation.check()
      guard failure.withLock({ $0 }) == nil,
        let piece = try input.withLock({ try $0.next(into: buffer) })
      else {
        slots.signal()
        return
      }
      let result = try compress(piece)
      let count = try results.withLock { try $0.append(result, as: piece.number, write) }
      for _ in 0..<count { slots.signal() }
    }
  }
}

/// Puts results in order. They may arrive in any order.
private struct OrderedResults {
  private var waiting: [Int: [UInt8]] = [:]
  private var nextNumber = 0

  /// Adds a result, and writes all results whose predecessors have been written.
  ///
  /// - Returns: the number of results that were written.
  mutating func append(
    _ result: [UInt8], as number: Int, _ write: ([UInt8]) throws -> Void
  ) throws -> Int {
    waiting[number] = result
    let first = nextNumber
    while let bytes = waiting.removeValue(forKey: nextNumber) {
      try write(bytes)
      nextNumber += 1
    }
    return nextNumber - first
  }
}

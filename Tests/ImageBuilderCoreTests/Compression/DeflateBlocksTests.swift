import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

@Suite struct DeflateBlocksTests {
  let fixture: Fixture

  init() throws {
    fixture = try Fixture()
  }

  /// zlib makes streams with all kinds of blocks: stored, with fixed codes and with dynamic codes,
  /// with flushes between them. The joined stream must decompress to the contents in order.
  @Test func joinedStreamsAreOneStream() throws {
    let names = try Shell.run(
      """
      python3 - '\(fixture.directory)' <<'PYTHON'
      import random, sys, zlib
      random.seed(1)
      def content(kind, size):
          if kind == 0: return bytes(size)
          if kind == 1: return random.randbytes(size)
          if kind == 2: return bytes(random.choice(b'abcdefgh \\n') for _ in range(size))
          words = [random.randbytes(random.randint(1, 300)) for _ in range(20)]
          return b''.join(random.choice(words) for _ in range(size // 100))[:size]
      plain = open(sys.argv[1] + '/plain', 'wb')
      for number in range(240):
          data = content(number % 4, random.choice([0, 1, 2, 257, 258, 259, 5000, 20000]))
          strategy = random.choice([0, zlib.Z_FIXED, zlib.Z_HUFFMAN_ONLY, zlib.Z_RLE])
          pack = zlib.compressobj(random.randint(0, 9), zlib.DEFLATED, -15, 9, strategy)
          half = len(data) // 2
          stream = pack.compress(data[:half])
          if number % 3 == 0: stream += pack.flush(zlib.Z_SYNC_FLUSH)
          stream += pack.compress(data[half:]) + pack.flush()
          plain.write(data)
          name = f'{number:03}.deflate'
          open(sys.argv[1] + '/' + name, 'wb').write(stream)
          print(name)
      PYTHON
      """
    ).lines
    #expect(names.count == 240)
    var joined = Data()
    for name in names {
      var stream = [UInt8](try Data(contentsOf: URL(filePath: fixture.path(name).string)))
      joined.append(contentsOf: try stream.withUnsafeMutableBytes(DeflateBlocks.joinable))
    }
    joined.append(contentsOf: [3, 0])
    try joined.write(to: URL(filePath: fixture.path("joined").string))
    try Shell.run(
      """
      cd '\(fixture.directory)'; python3 -c '
      import zlib
      stream = zlib.decompressobj(-15)
      data = stream.decompress(open("joined", "rb").read()) + stream.flush()
      assert stream.eof and not stream.unused_data
      assert data == open("plain", "rb").read()'
      """)
  }

  @Test func whateverBytesComeNothingTraps() {
    var generator = SeededGenerator(seed: 1)
    var refused = 0
    for _ in 0..<5000 {
      let bytes = (0..<Int.random(in: 0..<80, using: &generator)).map { _ in
        UInt8.random(in: 0...255, using: &generator)
      }
      do {
        let blocks = try bytes.withUnsafeBytes { try DeflateBlocks($0) }
        #expect(blocks.finalBit < blocks.sizeInBits && blocks.sizeInBits <= bytes.count * 8)
      } catch {
        #expect(error is DeflateBlocks.Malformed)
        refused += 1
      }
    }
    #expect(refused > 4000)
  }
}

import Foundation
import SystemPackage
import TestSupport
import Testing

@testable import Configuration
@testable import ImageBuilderCore

/// Root filesystems that mke2fs makes of various directories. They are neither full nor too large.
@Suite struct RootFilesystemTests {
  struct Tree: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// A bash script that fills the current directory.
    let script: String
    var extraSpaceInBytes: UInt64 = 0
  }

  static let trees = [
    Tree(testDescription: "almost empty", script: "echo a > file"),
    Tree(
      testDescription: "many small files",
      script: """
        python3 -c '
        import os
        for directory in range(200):
            os.mkdir(f"{directory}")
            for number in range(500):
                with open(f"{directory}/{number}", "w") as file:
                    if number % 5 == 0: file.write("small")'
        """),
    Tree(
      testDescription: "many small files and free space",
      script: """
        python3 -c '
        import os
        for directory in range(100):
            os.mkdir(f"{directory}")
            for number in range(200):
                with open(f"{directory}/{number}", "w") as file: file.write("x" * 5000)'
        """, extraSpaceInBytes: 300 << 20),
    Tree(
      testDescription: "few large files",
      script: "for name in a b c; do head -c 150M /dev/urandom > $name; done",
      extraSpaceInBytes: 100 << 20),
    Tree(
      testDescription: "many hard links",
      script: """
        mkdir names
        for number in {1..100}; do
          head -c 300000 /dev/urandom > $number
          for link in {1..100}; do echo "$number names/$number-$link"; done
        done | python3 -c '
        import os, sys
        for line in sys.stdin: os.link(*line.split())'
        """, extraSpaceInBytes: 100 << 20),
    Tree(
      testDescription: "sparse files",
      script: """
        truncate -s 10G hole
        python3 -c '
        import os
        file = os.open("comb", os.O_WRONLY | os.O_CREAT)
        for number in range(5000): os.pwrite(file, b"tooth", number * 65536)'
        """, extraSpaceInBytes: 100 << 20),
    Tree(
      testDescription: "attributes",
      script: """
        python3 -c '
        import os
        open(b"not UTF-8: \\xff", "w").close()
        os.setxattr(b"not UTF-8: \\xff", "user.name", b"value")
        for number in range(3000):
            open(f"{number}", "w").close()
            os.setxattr(f"{number}", "user.small", b"s" * 40)
            if number % 2: os.setxattr(f"{number}", "user.large", b"l" * 2000)
            os.symlink("/" + "target" * (number % 30), f"link-{number}")'
        """, extraSpaceInBytes: 100 << 20),
    Tree(
      testDescription: "deep directories and long names",
      script: """
        python3 -c '
        import os
        for number in range(2000): open(f"{number:0250}", "w").close()
        for number in range(15):
            os.mkdir("d" * 200); os.chdir("d" * 200); open("file", "w").close()'
        """, extraSpaceInBytes: 150_000_001),
  ]

  /// A filesystem at offset 1 MiB of an image.
  private struct Made {
    let fixture: Fixture
    let content: FilesystemContent
    let first: FilesystemLayout
    let layout: FilesystemLayout
    let superblock: Superblock

    /// - Parameter share: the share of the content that the first layout takes into account.
    init(_ tree: Tree, share: Double = 1) async throws {
      fixture = try Fixture()
      let directory = try fixture.makeDirectory("tree")
      try Shell.run("cd '\(directory)'; \(tree.script)")
      content = try FilesystemContent(of: directory)
      let known = FilesystemContent(
        blocks: UInt64(Double(content.blocks) * share),
        inodes: UInt64(Double(content.inodes) * share))
      first = FilesystemLayout(known, freeBytes: tree.extraSpaceInBytes)
      let filesystem = RootFilesystem(
        directory: directory, identifiers: DerivedIdentifiers(["test"]),
        tools: ImageTools(timestamp: 1_700_000_000))
      layout = try await filesystem.make(in: fixture.path("image"), atByte: 1 << 20, like: first)
      superblock = try #require(try Superblock(of: fixture.path("image"), at: 1 << 20))
    }

    var place: String { "\(fixture.path("image"))?offset=\(1 << 20)" }
  }

  @Test(arguments: trees) func holdsTheTreeAndThePromisedSpace(tree: Tree) async throws {
    let made = try await Made(tree)
    // The first attempt succeeds, with the calculated layout.
    #expect(made.layout == made.first)
    let excess = made.layout.excessBlocks(made.superblock)
    #expect(excess >= 0)
    #expect(made.layout.isMinimal || excess * 4096 <= 2 << 20, "\(excess) blocks")
    #expect(made.superblock.blocks == made.layout.blocks)
    #expect(
      made.superblock.ordinaryInodes?.upperBound == 10 + UInt32(made.content.inodes),
      "lost+found is the first; the root has a number below")
    try Shell.run("e2fsck -fn '\(made.place)'")
  }

  @Test func blocksOfZerosAreNotPaidFor() async throws {
    let made = try await Made(
      Tree(testDescription: "zeros", script: "head -c 200M /dev/zero > zeros; echo a > a"))
    #expect(made.layout.isMinimal && made.layout.blocks < made.first.blocks)
    try Shell.run("e2fsck -fn '\(made.place)'")
  }

  /// Simulates an mke2fs that needs more space than calculated.
  @Test(arguments: [
    Tree(testDescription: "a large file", script: "head -c 150M /dev/urandom > a"),
    Tree(testDescription: "many files", script: "mkdir a; touch a/{1..10000}"),
  ])
  func isMadeLargerWhereItWouldBeFull(tree: Tree) async throws {
    let made = try await Made(tree, share: 0.9)
    // More inodes may have room in as many blocks.
    #expect(made.layout != made.first && made.layout.blocks >= made.first.blocks)
    #expect(made.layout.excessBlocks(made.superblock) >= 0)
    try Shell.run("e2fsck -fn '\(made.place)'")
  }

  @Test func growsToALargeDisk() async throws {
    let made = try await Made(Self.trees[0])
    let disk = made.fixture.path("disk")
    try Shell.run(
      """
      dd if='\(made.fixture.path("image"))' of='\(disk)' bs=1M skip=1 conv=sparse status=none
      truncate -s 64G '\(disk)'
      resize2fs '\(disk)'
      e2fsck -fn '\(disk)'
      """)
    let superblock = try #require(try Superblock(of: disk, at: 0))
    #expect(superblock.blocks == 16 << 20)
  }

  @Test func anAbsurdPromiseIsNoTrap() {
    let layout = FilesystemLayout(FilesystemContent(blocks: 1, inodes: 1), freeBytes: .max)
    #expect(layout.sizeInBytes > 1 << 50)
  }
}

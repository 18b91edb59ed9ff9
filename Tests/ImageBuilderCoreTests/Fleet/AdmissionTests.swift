import Bindings
import Testing

@testable import ImageBuilderCore

/// How many builds run beside each other.
@Suite struct AdmissionTests {
  private func need(mebibytes: UInt64 = 1, space: [SpaceNeed] = []) -> BuildNeed {
    BuildNeed(memoryInBytes: mebibytes << 20, space: space)
  }

  private func space(_ sizeInBytes: UInt64) -> [SpaceNeed] {
    [SpaceNeed(what: "image", directory: "/var/tmp", sizeInBytes: sizeInBytes)]
  }

  @Test func noMoreBuildsThanJobs() throws {
    var admission = Admission(jobs: 2, memoryInBytes: nil)
    for name in ["a", "b"] {
      #expect(try admission.admits(need()))
      admission.begin(name, need())
    }
    #expect(try !admission.admits(need()))
    admission.end("a")
    #expect(try admission.admits(need()))
  }

  @Test func theMemoryOfAllBuildsCounts() throws {
    var admission = Admission(jobs: 9, memoryInBytes: 1000 << 20)
    admission.begin("a", need(mebibytes: 600))
    #expect(try admission.admits(need(mebibytes: 400)))
    #expect(try !admission.admits(need(mebibytes: 401)))
  }

  @Test func theSpaceOfAllBuildsCounts() throws {
    let free = try DiskSpace(at: "/var/tmp").freeBytes
    var admission = Admission(jobs: 9, memoryInBytes: nil)
    admission.begin("a", need(space: space(free / 2)))
    #expect(try admission.admits(need(space: space(free / 4))))
    #expect(try !admission.admits(need(space: space(free / 4 * 3))))
  }

  @Test func aBuildThatIsAloneMayBegin() throws {
    var admission = Admission(jobs: 1, memoryInBytes: 1)
    #expect(try admission.admits(need(mebibytes: 1 << 20, space: space(.max))))
    admission.begin("a", need())
    admission.end("a")
    #expect(try admission.admits(need(mebibytes: 1 << 20)))
  }
}

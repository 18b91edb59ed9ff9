import Foundation
import SystemPackage
import TestSupport
import Testing

extension Reliability {
  /// Ends builds at stage and hook boundaries and at random times. The next build must remove what
  /// they left, and make the same outputs.
  @Suite(.serialized) struct CrashMatrix {
    private let site: CrashSite

    init() throws {
      site = try CrashSite()
    }

    @Test func buildsThatAreKilled() throws {
      let blows = BuildProcesses.Role.allCases.flatMap { role in
        [SIGKILL, SIGTERM, SIGINT].map { CrashPoint.Blow.signal($0, role) }
      }
      var report = CrashReport("signals", title: "Signals, seed \(seed)")
      for point in CrashPoint.plan(points, site.timeline, seed: seed, blows: blows) {
        try Shell.run(
          """
          cd '\(site.fixture.directory)'; rm -rf disk; cp -a 'seeds/\(point.cache)' disk
          """)
        let run = try CrashRun(point, on: site)
        report.note("end after TERM or INT", run.politeEnd)
        let problems = run.problems + (try site.nextBuild(in: "disk"))
        try record(run, problems, in: &report)
      }
      print(report.text)
    }

    @Test func hostsThatLosePower() throws {
      let disk = try PowerCutDisk(site.fixture)
      var report = CrashReport("power-cuts", title: "Power cuts, seed \(seed)")
      for point in CrashPoint.plan(points / 3, site.timeline, seed: seed, blows: [.powerCut]) {
        let (before, after) = (site.fixture.path("disk"), site.fixture.path("after"))
        try disk.insert(with: site.fixture.path("seeds/\(point.cache)"), at: before)
        let run = try CrashRun(point, on: site) { try disk.cut() }
        var problems = run.problems
        let check = try disk.restart(from: before, at: after)
        if !check.isEmpty { problems.append("e2fsck: \(check)") }
        if run.hasPublished, !site.fixture.exists("after/cache-published/\(CrashSite.version)") {
          problems.append("what was reported as published is gone")
        }
        problems += try site.nextBuild(in: "after")
        try disk.remove(after)
        try record(run, problems, in: &report)
      }
      print(report.text)
    }

    private func record(
      _ run: CrashRun, _ problems: [String], in report: inout CrashReport
    ) throws {
      let problems = problems.map { "\(run.point) (\(run.blow), \(run.place)): \($0)" }
      for problem in problems { Issue.record("\(problem)") }
      report.add(run.blow, place: run.place, problems: problems)
      try report.write()
    }
  }
}

import Bindings
import Testing

@testable import ImageBuilderCore

/// What an image loses with some applications.
@Suite struct AppListTests {
  @Test func aRuntimeGoesWithItsLastApplication() {
    let list = AppList.example
    #expect(list.parts.installedSize.sizeInBytes == 1530)
    #expect(list.parts.downloadSize.sizeInBytes == 153)
    #expect(lost(without: []) == 0)
    #expect(lost(without: [.app("One")]) == 110)
    #expect(lost(without: [.app("One"), .app("Two")]) == 110 + 200 + 500)
  }

  private func lost(without removed: Set<FlatpakRef>) -> UInt64 {
    AppList.example.parts(without: removed).installedSize.sizeInBytes
  }

  @Test func aSumWithAnUpperBoundIsOne() {
    let list = AppList.example
    #expect("\(list.parts(without: [.app("One")]).installedSize)" == "<= 110 B")
    #expect("\(list.parts(without: [.app("Two")]).installedSize)" == "200 B")
    #expect("\(list.parts(without: []).downloadSize)" == "0 B")
  }

  @Test func aWantedRuntimeStays() {
    #expect(lost(without: [.app("Three")]) == 20)
    let all = Set(AppList.example.apps.map(\.main.ref))
    #expect(lost(without: all) == 110 + 200 + 500 + 20)
  }

  @Test func theApplicationThatSavesMostIsRemovedFirst() {
    let trim = AppTrim(.example, saving: 150, keeping: [])
    #expect(trim.removed == [.app("Two")])
    #expect(trim.savedSize.sizeInBytes == 200 && trim.isEnough)
  }

  /// Removing all of a runtime's applications makes the first choices more than enough.
  @Test func whatIsNotNeededInTheEndStays() {
    let trim = AppTrim(.example, saving: 800, keeping: [])
    #expect(trim.removed == [.app("One"), .app("Two")])
    #expect(trim.savedSize.sizeInBytes == 810 && trim.isEnough)
  }

  @Test func keptApplicationsStay() {
    let trim = AppTrim(.example, saving: 150, keeping: ["org.example.Two"])
    #expect(trim.removed == [.app("One"), .app("Three")])
    #expect(trim.savedSize.sizeInBytes == 130 && !trim.isEnough)
    let none = AppTrim(.example, saving: 0, keeping: [])
    #expect(none.removed.isEmpty && none.isEnough)
  }
}

extension AppList {
  /// Two applications with a runtime that only they need, and one with a runtime that a list names.
  /// The sizes of downloads are a tenth of the installed sizes.
  static let example = AppList(
    apps: [
      bundle(.app("One"), 100, needs: "P", extensions: [("One.Locale", 10)]),
      bundle(.app("Three"), 20, needs: "Q"), bundle(.app("Two"), 200, needs: "P"),
    ],
    runtimes: [
      bundle(.runtime("P"), 400, extensions: [("P.Locale", 100)]), bundle(.runtime("Q"), 700),
    ], wantedRuntimes: [.runtime("Q")])

  static func bundle(
    _ ref: FlatpakRef, _ size: UInt64, needs runtime: String? = nil,
    extensions: [(name: String, size: UInt64)] = []
  ) -> Bundle {
    func part(_ ref: FlatpakRef, _ size: UInt64, isPartial: Bool) -> Part {
      Part(
        ref: ref, remote: "example", installedSizeInBytes: size, downloadSizeInBytes: size / 10,
        isPartial: isPartial)
    }
    return Bundle(
      main: part(ref, size, isPartial: false),
      extensions: extensions.map { part(.runtime($0.name), $0.size, isPartial: true) },
      runtime: runtime.map { .runtime($0) })
  }
}

extension FlatpakRef {
  static func app(_ name: String) -> FlatpakRef {
    FlatpakRef(kind: .app, name: "org.example.\(name)", arch: "x86_64", branch: "stable")
  }

  static func runtime(_ name: String) -> FlatpakRef {
    FlatpakRef(kind: .runtime, name: "org.example.\(name)", arch: "x86_64", branch: "1")
  }
}

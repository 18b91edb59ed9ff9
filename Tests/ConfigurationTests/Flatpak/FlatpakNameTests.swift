import Testing

@testable import Configuration

@Suite struct FlatpakNameTests {
  @Test(arguments: [
    ("org.gnome.Maps", nil, nil), ("org.gnome.Maps/x86_64", "x86_64", nil),
    ("org.gnome.Maps//stable", nil, "stable"), ("org.gnome.Maps/arm/3.38", "arm", "3.38"),
    ("a._b.c-d_e9", nil, nil), ("a.b//", nil, nil),
  ])
  func aShortNameLeavesOutWhatHasADefault(text: String, arch: String?, branch: String?) throws {
    let name = try #require(FlatpakName(text))
    #expect(name.kind == nil && name.arch == arch && name.branch == branch)
    #expect(name.name == text.split(separator: "/")[0] && "\(name)" == text)
  }

  @Test func aFullRefSaysWhatItIs() throws {
    for kind in ["app", "runtime"] {
      let name = try #require(FlatpakName("\(kind)/org.gnome.Maps/x86_64/stable"))
      #expect(name.kind == kind && name.name == "org.gnome.Maps")
      #expect(name.arch == "x86_64" && name.branch == "stable")
    }
  }

  @Test(arguments: [
    "", "maps", "org..Maps", ".org.Maps", "org.Maps.", "org.9maps", "org.gnome.M\u{E4}ps",
    "org.gnome.Maps*", "a.b/c/d/e", "app/a.b/c", "app/a.b//d", "app/a.b/c/", "other/a.b/c/d",
    "app/a.b/c/d/e", "a.b/x y", "a.b//..", "-", "a.b/\u{1}",
  ])
  func whatIsNoNameIsRefused(text: String) {
    #expect(FlatpakName(text) == nil)
  }
}

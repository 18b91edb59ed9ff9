import Testing

@testable import Configuration

@Suite struct SSHPlaceTests {
  @Test func aPlaceHasAUserAHostAndADirectory() throws {
    let place = try #require(SSHPlace("images@www.example.org:/srv/it's a \"place\""))
    #expect(place.user == "images" && place.host == "www.example.org")
    #expect(place.directory == "/srv/it's a \"place\"" && place.login == "images@www.example.org")
    #expect(SSHPlace("a@[2001:db8::1]:images")?.login == "a@2001:db8::1")
    #expect("\(SSHPlace("a@[2001:db8::1]:images")!)" == "a@[2001:db8::1]:images")
  }

  @Test(arguments: [
    "", "host:/srv", "images@host", "images@host:", "images@host::module", "-l@host:/srv",
    "images@-oProxyCommand=x:/srv", "images@host:~/srv", "images@host:-x", "a b@host:/srv",
    "images@host/x:/srv", "images@host:/srv\nx", "images@host:/srv\u{7}", "a@[::1:/srv",
    "images@host:/srv\u{FFFD}", "ssh://images@host:22/srv",
  ])
  func anythingElseIsRefused(text: String) {
    #expect(SSHPlace(text) == nil)
  }
}

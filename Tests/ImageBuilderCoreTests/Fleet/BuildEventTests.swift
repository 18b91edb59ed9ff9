import Testing

@testable import ImageBuilderCore

/// The lines of `--progress json`, as a fleet reads them.
@Suite struct BuildEventTests {
  @Test(arguments: [
    (
      #"{"event":"begin","level":"stage","name":"image","schema":1,"stage":"image","step":"1"}"#,
      BuildEvent.begin(stage: "image", label: "image")
    ),
    (
      #"{"event":"begin","level":"step","name":"disk image","stage":"image","step":"2"}"#,
      .begin(stage: "image", label: "image: disk image")
    ),
    (
      #"{"event":"begin","level":"hook","name":"image/50-user","stage":"image","step":"3"}"#,
      .begin(stage: "image", label: "image/50-user")
    ),
    (
      #"{"event":"end","level":"stage","name":"ostree","stage":"ostree","succeeded":true}"#,
      .end(stage: "ostree", isStage: true, hasSucceeded: true)
    ),
    (
      #"{"event":"end","level":"hook","name":"x","stage":"ostree","succeeded":false}"#,
      .end(stage: "ostree", isStage: false, hasSucceeded: false)
    ),
    (#"{"event":"result","status":2,"cause":"it broke"}"#, .result(cause: "it broke")),
    (#"{"event":"result","status":0,"cause":null}"#, .result(cause: nil)),
  ])
  func eventsAreRead(line: String, event: BuildEvent) {
    #expect(BuildEvent(line: line) == event)
  }

  @Test(arguments: [
    "", "text", "{}", #"{"event":"begin"}"#, #"{"event":"bytes","step":"1","bytes":3}"#,
    #"{"event":"new","stage":"image","level":"stage"}"#, #"["event"]"#,
  ])
  func otherLinesAreIgnored(line: String) {
    #expect(BuildEvent(line: line) == nil)
  }
}

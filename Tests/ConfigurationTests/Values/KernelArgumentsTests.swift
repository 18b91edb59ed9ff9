import TestSupport
import Testing

@testable import Configuration

/// `image:kernel_args`: a sequence of arguments, quoted as the kernel reads them.
@Suite struct KernelArgumentsTests {
  private func load(_ text: String, _ more: [String: String] = [:]) throws -> Configuration {
    try Site(["config/defaults.ini": text].merging(more) { $1 }).load()
  }

  private func arguments(
    _ text: String, _ more: [String: String] = [:]
  ) throws -> [String] {
    try load(text, more).value(Options.image.kernelArguments)
  }

  @Test func layersAppendInOrderWithRepetitions() throws {
    let found = try arguments(
      "[image]\nkernel_args_add = rw console=tty0 quiet\n",
      [
        "config/product/eos.ini": "[image]\nkernel_args_add = console=ttyS0 quiet console=tty0\n",
        "config/local.ini": "[image]\nkernel_args_add = a b a\nkernel_args_del = quiet\n",
      ])
    #expect(found == ["rw", "console=tty0", "console=ttyS0", "console=tty0", "a", "b", "a"])
  }

  @Test func doubleQuotesHoldBlanks() throws {
    let quoted = #"dyndbg="file a/*  +p""#
    let more = ["config/local.ini": "[image]\nkernel_args_add = \(quoted) x\"\"\n  \"a b=c d\"\n"]
    #expect(KernelArguments.split("a  \(quoted)\tb") == ["a", quoted, "b"])
    #expect(KernelArguments.split(#"a "b c"#) == ["a", #""b c"#])
    let found = try load("[image]\nkernel_args_add = rw\n", more)
      .value("image", "kernel_args").split(separator: "\n").map(String.init)
    #expect(found == ["rw", quoted, "x\"\"", "\"a b=c d\""])
    let deleted = try arguments(
      "[image]\nkernel_args_add = rw \(quoted) b\n",
      ["config/local.ini": "[image]\nkernel_args_del = \(quoted)\n"])
    #expect(deleted == ["rw", "b"])
    #expect(try arguments("[image]\nkernel_args = a a \(quoted)\n") == ["a", "a", quoted])
  }

  @Test func theSavedConfigurationHasTheSameArguments() throws {
    let configuration = try load(
      "[image]\nkernel_args_add = a=$${x};y b \"c  d\" b memmap=64M$$0x2\n")
    let saved = try Configuration.load(
      savedText: configuration.rendered(.complete, resolved: false))
    let expected = ["a=${x};y", "b", "\"c  d\"", "b", "memmap=64M$0x2"]
    #expect(try configuration.value(Options.image.kernelArguments) == expected)
    #expect(try saved.value(Options.image.kernelArguments) == expected)
  }

  @Test(arguments: [
    "rw", "ds=nocloud-net;s=http://10.0.0.1/", "memmap=64M$0x20000000",
    "ima_policy=tcb|appraise_tcb",
    #"dyndbg="file a.c +p""#, #""dyndbg=file a.c +p""#, "a=", "a=\"\"", "rootflags=x", "rootwait",
    "ostree.x=1", "#", "{}", "a=b=c",
    "<>&*?[]!~`^%",
  ])
  func whatReachesTheKernelIsAccepted(argument: String) {
    #expect(KernelArguments.problem(argument) == nil)
  }

  @Test(arguments: [
    ("root=/dev/sda2", "set root="), ("\"root=/dev/sda2\"", "set root="),
    ("root=\"a b\"", "set root="),
    ("root", "set root="), ("ostree=/x", "set ostree="), ("initrd=/x", "set initrd="),
    ("BOOT_IMAGE=/x", "set BOOT_IMAGE="), ("--", "init"), ("a=\"b c", "not closed"),
    ("a\"b c\"d", "double quotes must hold"), ("a=\"b\"c\"d\"", "double quotes must hold"),
    ("it's", "GRUB puts a backslash"), (#"a\b"#, "GRUB puts"), (#"a\x2d"#, "GRUB puts"),
    ("\u{E9}", "printable ASCII"), ("a=\"\tb\"", "printable ASCII"), ("\"\"", "empty"),
  ])
  func whatWouldNotReachTheKernelIsRefused(argument: String, reason: String) {
    #expect(KernelArguments.problem(argument)?.contains(reason) == true)
  }

  @Test func aRefusedArgumentIsToldWithItsLine() throws {
    let configuration = try load(
      "[image]\nkernel_args_add = rw\n",
      ["config/local.ini": "[image]\nkernel_args_add =\n  quiet\n  root=/dev/sda2\n"])
    let error = #expect(throws: ConfigurationError.self) { try configuration.validate() }
    #expect(
      error?.description.contains(
        "config/local.ini:4: image:kernel_args has root=/dev/sda2, which cannot be a kernel argument"
      )
        == true)
    #expect(throws: ConfigurationError.self) {
      try configuration.value(Options.image.kernelArguments)
    }
    let hidden = try load(
      "[image]\nkernel_args_add = rw\n",
      ["config/private.ini": "[image]\nkernel_args_add = it's-secret\n"])
    let private_ = #expect(throws: ConfigurationError.self) { try hidden.validate() }
    #expect(private_?.description.contains("has <private>, which") == true)
  }

  @Test func moreThanTheKernelReadsIsRefused() throws {
    let many = (0..<200).map { "argument\($0)" }.joined(separator: " ")
    let error = #expect(throws: ConfigurationError.self) {
      try load("[image]\nkernel_args_add = \(many)\n").validate()
    }
    #expect(error?.description.contains("all arguments together have") == true)
  }

  @Test func theExplanationHasRepetitions() throws {
    let text = try load(
      "[image]\nkernel_args_add = rw a b a\n",
      ["config/local.ini": "[image]\nkernel_args_del = b\n"]
    ).explanation(of: "image:kernel_args", asJSON: false)
    #expect(text.contains("value      rw\n             a\n             a\n"), "\(text)")
    #expect(text.contains("a  (2)") && text.contains("b  (0, left out)"), "\(text)")
  }
}

/// The forms of the texts in a layer file.
enum LayerSyntax {
  case name, tag, image, registry, word, package, alias, url, aptSource, proxy
  case insidePath, copyOption, bucket, objectPrefix, labelName

  /// The OCI distribution specification 1.1, "Pulling manifests", gives names and tags.
  func accepts(_ text: String) -> Bool {
    switch self {
    case .name: text.wholeMatch(of: #/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*/#) != nil
    case .tag: text.wholeMatch(of: #/[A-Za-z0-9_][A-Za-z0-9._\-]{0,127}/#) != nil
    case .image:
      text.wholeMatch(
        of:
          #/(?:oci|oci-archive):\/[^\s:]+(?::[\w.\-]+)?|[a-z0-9][A-Za-z0-9._:\/\-]*(?:@sha256:[0-9a-f]{64})?/#
      ) != nil
    case .registry:
      text.wholeMatch(of: #/[A-Za-z0-9.\-]+(?::[0-9]+)?(?:\/[a-z0-9._\/\-]+)?/#) != nil
    case .word: !text.isEmpty && !text.hasPrefix("-") && text.allSatisfy(Self.isPrintable)
    // A word that is no option, and that no shell sees.
    case .package:
      !text.isEmpty && !text.hasPrefix("-")
        && text.allSatisfy { Self.isPrintable($0) && !$0.isWhitespace }
    case .alias: text.wholeMatch(of: #/[A-Za-z0-9_.:\-]+/#) != nil
    case .url: text.wholeMatch(of: #/(?:https?|file):\/\/\S+/#) != nil
    case .aptSource: text.wholeMatch(of: #/(?:https?|file):\S+( +[\w.\/\-]+)+/#) != nil
    case .proxy: text.wholeMatch(of: #/https?:\/\/[^@\s]+/#) != nil
    case .insidePath: text.hasPrefix("/") && text.allSatisfy(Self.isPrintable)
    case .copyOption: text.wholeMatch(of: #/--(?:chown|chmod)=[A-Za-z0-9_:.\-]+/#) != nil
    case .bucket: text.wholeMatch(of: #/[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]/#) != nil
    case .objectPrefix:
      !text.hasPrefix("/") && text.allSatisfy { Self.isPrintable($0) && !$0.isWhitespace }
    case .labelName: text.wholeMatch(of: #/[A-Za-z0-9][A-Za-z0-9._\/\-]*/#) != nil
    }
  }

  private static func isPrintable(_ character: Character) -> Bool {
    !character.unicodeScalars.contains { $0.properties.generalCategory == .control }
  }

  var accepted: String {
    switch self {
    case .name: "lower-case letters, digits and single . _ - between them"
    case .tag: "letters, digits and . _ -, at most 128, beginning with a letter, a digit or _"
    case .image:
      "scratch, the name of an image such as registry.example.org/team/base:9, NAME@sha256:..., "
        + "oci:/DIRECTORY:TAG, oci-archive:/FILE:TAG"
    case .registry: "HOST[:PORT][/PATH] in lower case, such as registry.example.org/team"
    case .word: "a text without control characters that is no option"
    case .package: "a word that is no option"
    case .alias: "letters, digits and _ . : -"
    case .url: "an http, https or file URL"
    case .aptSource: "URL SUITE [COMPONENT...], such as http://deb.debian.org/debian bookworm main"
    case .proxy:
      "an http URL without a user; a password would stay in the file: put it into http_proxy"
    case .insidePath: "an absolute path in the image"
    case .copyOption: "--chown=USER[:GROUP] and --chmod=MODE"
    case .bucket: "3 to 63 lower-case letters, digits, dots and dashes"
    case .objectPrefix: "a text without blanks that does not begin with /"
    case .labelName: "letters, digits and . _ / -"
    }
  }
}

import Foundation
import TestSupport
import Testing

@testable import Configuration

@Suite struct SecretFilterTests {
  @Test func privateValuesAreReplaced() {
    let filter = SecretFilter(["secret-1", "secret-12", "first line\nsecond line"])
    #expect(filter("a secret-12 b secret-1") == "a <private> b <private>")
    #expect(filter("+ echo second line") == "+ echo <private>")
    #expect(filter("nothing here") == "nothing here")
  }

  @Test func shortValuesWouldHideTooMuch() {
    #expect(SecretFilter(["true", "12345", ""])("true 12345") == "true 12345")
  }

  @Test func overlappingValuesAreReplacedTogether() {
    #expect(SecretFilter(["abcdef", "abcdefgh"])("abcdefgh abcdefg") == "<private> <private>g")
    #expect(SecretFilter(["xxabcdef", "abcdefyy"])("-xxabcdefyy-") == "-<private>-")
    #expect(SecretFilter(["aaaaaa"])("aaaaaaaaab") == "<private>b")
    #expect(SecretFilter(["abcdef"])("abcdefabcdef,abcdef") == "<private>,<private>")
  }

  @Test func bytesAreComparedNotCharacters() {
    let (composed, decomposed) = ("caf\u{e9}-secret", "cafe\u{301}-secret")
    #expect(SecretFilter([composed])(composed) == "<private>")
    #expect(SecretFilter([composed])(decomposed).utf8.elementsEqual(decomposed.utf8))
    #expect(SecretFilter([composed, decomposed])(composed + ";" + decomposed).count == 19)
    // A combining mark changes the last character, but not its bytes.
    #expect(SecretFilter(["secret"])("secret\u{301}") == "<private>\u{301}")
  }

  @Test(arguments: [
    "secret", "sécret??>>~~", "a much longer secret that fills more than one group",
    "\u{1F511}key>>?",
  ])
  func base64IsKnownAtEveryAlignment(secret: String) {
    let filter = SecretFilter([secret])
    for before in ["", "u", "us", "user:", "user::"] {
      for after in ["", "\n", "@h", "@host"] {
        let standard = Data((before + secret + after).utf8).base64EncodedString()
        let safe = standard.replacing("+", with: "-").replacing("/", with: "_")
        for encoded in [standard, safe] {
          for text in [encoded, encoded.replacing("=", with: "")] {
            let shown = filter("Authorization: Basic \(text), next")
            #expect(shown.hasPrefix("Authorization: Basic "))
            #expect(shown.hasSuffix(", next"))
            #expect(shown.contains(SecretFilter.replacement))
            // Only characters that also encode adjacent bytes may remain.
            let neighbours = (before.utf8.count + after.utf8.count) * 4 / 3 + 2
            #expect(shown.utf8.count <= 21 + 9 + neighbours + 8, "\(text): \(shown)")
          }
        }
      }
    }
    #expect(filter(Data(secret.utf8).base64EncodedString()) == "<private>")
  }

  @Test func base64ThatToolsBreakIntoLinesIsKnown() throws {
    let secret = (0..<40).map { "part \($0)," }.joined()
    for command in ["printf %s \"$S\" | base64", "base64 <<<\"$S\"", "openssl base64 <<<\"$S\""] {
      let lines = try Shell.run(command, environment: ["S": secret]).lines
      #expect(lines.count > 5)
      #expect(lines.allSatisfy { SecretFilter([secret])($0) == "<private>" }, "\(lines)")
    }
  }

  @Test func everyURLEncodingIsKnown() throws {
    let secret = "a+b&c=% d/e\u{e9}"
    let filter = SecretFilter([secret])
    let script = """
      python3 - <<'END'
      import os, re
      from urllib.parse import quote, quote_plus
      text = os.environ["S"]
      forms = [quote(text), quote(text, safe=""), quote_plus(text)]
      forms += [re.sub("%..", lambda match: match[0].lower(), form) for form in forms]
      print(*forms, "".join(f"%{byte:02x}" for byte in text.encode()), sep="\\n")
      END
      echo "${S// /%20}"; echo "${S// /+}"
      ! command -v jq >/dev/null || jq -nr 'env.S | @uri'
      # The URL is shown although nothing answers there.
      ! command -v curl >/dev/null || { curl -sG --noproxy '*' --data-urlencode "S=$S" \\
        -w '%{url_effective}\\n' http://127.0.0.1:1/ || :; } | sed 's/.*S=//'
      """
    let forms = try Shell.run(script, environment: ["S": secret]).lines
    #expect(forms.count >= 9 && forms.contains("%61%2b%62%26%63%3d%25%20%64%2f%65%c3%a9"))
    for text in forms {
      #expect(filter("url?token=\(text)&x=%20%zz%") == "url?token=<private>&x=%20%zz%")
      #expect(filter(text) == "<private>", "\(text)")
    }
  }

  @Test func base64InAURLIsKnown() throws {
    let secret = "secret>>>???"
    let encoded = Data(secret.utf8).base64EncodedString()
    #expect(encoded == "c2VjcmV0Pj4+Pz8/")
    let script = """
      from urllib.parse import quote
      form = quote("\(encoded)", safe="")
      print(form, form.replace("%2B", "%2b").replace("%2F", "%2f"), quote("\(encoded)"))
      """
    let forms = try Shell.run("python3 -c \"$SCRIPT\"", environment: ["SCRIPT": script]).output
    #expect(forms == "c2VjcmV0Pj4%2BPz8%2F c2VjcmV0Pj4%2bPz8%2f c2VjcmV0Pj4%2BPz8/\n")
    for form in forms.split(whereSeparator: \.isWhitespace) {
      #expect(SecretFilter([secret])("?k=\(form)&") == "?k=<private>&")
    }
    #expect(SecretFilter([secret])(#"{"k":"c2VjcmV0Pj4+Pz8\/"}"#) == #"{"k":"<private>"}"#)
  }

  @Test func escapesOfJSONAreKnown() throws {
    let secret = "say \"\u{e9}/\\\" \u{1F511}\u{1}\tto\nme"
    let json = String(decoding: try JSONEncoder().encode([secret]), as: UTF8.self)
    let python = try Shell.run(
      "python3 -c 'import json, os; print(json.dumps([os.environ[\"S\"]]))'",
      environment: ["S": secret]
    ).lines[0]
    #expect(python.contains(#"\ud83d\udd11\u0001\tto\nme"#))
    for text in [json, python] {
      #expect(SecretFilter([secret])(text) == #"["<private>"]"#, "\(text)")
    }
  }

  @Test(arguments: [
    "it's a secret", "tab\there it's", "secret\u{1}\u{1b}[0m\u{e9}", "'quoted'secret'",
    "back\\slash$(x)`y`",
    "two words", "\\n\\x41\\secret", "[a-z]*secret?",
  ])
  func tracesOfBashAreKnown(secret: String) throws {
    let script = """
      echo "$S"; X=pre$S; : "$X"; [ x = "$S" ] || [[ x == "$S" ]] || [[ x =~ "$S"y ]] || :
      printf '%q\\n' "$S"; echo "${S@Q}"; case $S in x) ;; esac; for i in "$S"; do :; done
      python3 -c 'import os, shlex; print(repr(os.environ["S"]), shlex.quote(os.environ["S"]))'
      """
    for locale in ["C", "C.UTF-8"] {
      let outcome = try Shell.run(
        "exec 2>&1; bash -xc \"$SCRIPT\"",
        environment: ["S": secret, "SCRIPT": script, "LC_ALL": locale])
      let lines = outcome.lines
      #expect(lines.count > 12)
      let shown = lines.map { SecretFilter([secret])($0) }
      let traces = zip(lines, shown).filter { $0.0.hasPrefix("+") && $0.0.contains("ecret") }
      #expect(traces.allSatisfy { $0.1.contains("<private>") }, "\(traces)")
      #expect(shown.filter { $0.contains("<private>") }.count > 8, "\(shown)")
      let left = shown.joined(separator: "\n")
        .replacing("python3 -c 'import os, shlex; print(repr(os.environ", with: "")
      for part in ["secret", "quoted", "tab", "slash", "words"] where secret.contains(part) {
        #expect(!left.replacing("\\", with: "").contains(part), "\(left)")
      }
    }
  }

  @Test func otherTextIsUnchanged() {
    let filter = SecretFilter([
      "it's a secret", "pass%word", "token-4711", "back\\slash", "first\nsecond",
    ])
    for text in [
      "", "%", "\\", "100 % of 5+5", #"C:\temp\new\u00e9\x41\101"#, "a%20b%2Fc%zz", "'it'\\''s",
      "it's a secre", "token-471", "dG9rZW4tNDcx", "c2Vjb25 no", "e\u{301}\u{1F511}\u{0}",
    ] {
      #expect(filter(text).utf8.elementsEqual(text.utf8), "\(text)")
    }
  }
}

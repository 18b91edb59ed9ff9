import TestSupport

/// Programs that write texts with different kinds of quoting and encoding.
enum WritingPrograms {
  /// Runs bash, python3 and, if it is installed, jq, in locales with and without UTF-8.
  ///
  /// - Returns: for each text, the lines that contain it.
  static func lines(writing texts: [String]) throws -> [[String]] {
    let hasJQ = try Shell.start("/bin/sh", ["-c", "command -v jq"]).status == 0
    var lines = [[String]](repeating: [], count: texts.count)
    for script in [bash, python] + (hasJQ ? [jq] : []) {
      for locale in ["C", "C.UTF-8"] {
        let outcome = try Shell.start(
          "/bin/bash", ["-c", script, "bash"] + texts,
          environment: ["LC_ALL": locale, "PYTHONIOENCODING": "utf-8"])
        let written = outcome.lines.split(separator: separator)
        guard outcome.status == 0, written.count == texts.count else {
          throw ShellFailure(command: script, outcome: outcome)
        }
        for (index, written) in written.enumerated() { lines[index] += written }
      }
    }
    return lines
  }

  private static let separator = "--------"

  private static let bash = #"""
    exec 2>&1
    for text; do
      printf -v quoted %q "$text"
      set -x
      : "$text"; : "pre$text:"; [ x = "$text" ]; [[ x == "$text" ]]; [[ x =~ "$text"y ]]; X=$text
      : "${text@Q}"; : "$quoted"; : "{\"key\": \"$text\"}"
      { set +x; } 2>/dev/null
      printf '%s\n' "$quoted" "${text@Q}" "${text// /%20}" "${text// /+}" "${text//\"/%22}"
      declare -p text
      echo \#(separator)
    done
    """#

  private static let python = #"""
    exec python3 - "$@" <<'END'
    import json, re, shlex, sys
    from base64 import b64encode, urlsafe_b64encode
    from urllib.parse import quote, quote_plus, urlencode
    for text in sys.argv[1:]:
      written = [quote(text), quote(text, safe=""), quote_plus(text), urlencode({"key": text})]
      for encode in b64encode, urlsafe_b64encode:
        written += [quote(encode(text.encode())), quote(encode(text.encode()), safe="")]
      written += [re.sub("%..", lambda match: match[0].lower(), form) for form in written]
      written += ["".join(f"%{byte:02x}" for byte in text.encode())]
      for form in text, json.dumps(text), json.dumps(text, ensure_ascii=False):
        written += [form, shlex.quote(form)]
      print(*written, repr(text), repr(text.encode()), "\#(separator)", sep="\n")
    END
    """#

  private static let jq = #"""
    jq -nr '$ARGS.positional[] | tojson, @uri, @sh, @base64, "\#(separator)"' --args -- "$@"
    """#
}

import Glibc

/// Formats a size with a binary unit from B to TiB: `1.5 GiB`.
package func formattedSize(_ sizeInBytes: UInt64) -> String {
  var value = Double(sizeInBytes)
  for unit in ["B", "KiB", "MiB", "GiB"] {
    if value < 1024 { return unit == "B" ? "\(sizeInBytes) B" : "\(tenths(value)) \(unit)" }
    value /= 1024
  }
  return "\(tenths(value)) TiB"
}

private func tenths(_ value: Double) -> String {
  let rounded = UInt64((value * 10).rounded())
  return "\(rounded / 10).\(rounded % 10)"
}

/// Formats a size in megabytes of 10^6 bytes. With a fixed unit, sizes can be compared: `845.2 MB`.
package func formattedMegabytes(_ bytes: UInt64) -> String {
  let tenths = (bytes + 50_000) / 100_000
  return "\(tenths / 10).\(tenths % 10) MB"
}

/// Formats a duration in seconds: `0.3 s`, `72.0 s`.
package func formattedSeconds(_ duration: Duration) -> String {
  let tenths =
    (duration.components.seconds * 10)
    + (duration.components.attoseconds + 50_000_000_000_000_000) / 100_000_000_000_000_000
  return "\(tenths / 10).\(tenths % 10) s"
}

/// Formats times in UTC.
package enum UTCDate {
  /// Returns the time for a number of seconds since 1970: `2026-11-21T07:24:22Z`. A time that no
  /// calendar has is returned as the number.
  package static func text(_ timestamp: UInt64) -> String {
    var seconds = time_t(clamping: timestamp)
    var parts = tm()
    guard gmtime_r(&seconds, &parts) != nil else { return "\(timestamp) s" }
    var buffer = [CChar](repeating: 0, count: 32)
    strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  /// Returns the seconds since 1970 of such a time, of one with a fraction of a second (RFC 3339), or of
  /// one such as `Sat, 21 Nov 2026 07:24:22 UTC` (RFC 5322). Nil for another text, and for a time before
  /// 1970.
  package static func seconds(_ text: String) -> UInt64? {
    let date = #/(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|\+00:00)/#
    let mail = #/\w+, +(\d{1,2}) (\w{3}) (\d{4}) (\d\d):(\d\d):(\d\d) (?:UTC|GMT|\+0000)/#
    if let match = text.wholeMatch(of: date) {
      return seconds([match.1, match.2, match.3, match.4, match.5, match.6])
    }
    let months = [
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
    guard let match = text.wholeMatch(of: mail),
      let month = months.firstIndex(of: String(match.2))
    else { return nil }
    return seconds([match.3, "\(month + 1)", match.1, match.4, match.5, match.6])
  }

  /// - Parameter parts: year, month, day, hour, minute, second.
  private static func seconds(_ parts: [Substring]) -> UInt64? {
    let numbers = parts.compactMap { Int32($0) }
    guard numbers.count == 6 else { return nil }
    var parts = tm()
    (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[0] - 1900, numbers[1] - 1, numbers[2])
    (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[3], numbers[4], numbers[5])
    let seconds = timegm(&parts)
    return seconds >= 0 ? UInt64(seconds) : nil
  }
}

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
}

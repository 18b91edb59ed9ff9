import Glibc

/// Times as texts, always in UTC.
package enum UTCDate {
  /// `2026-11-21T07:24:22Z` for seconds since the epoch.
  package static func text(_ timestamp: UInt64) -> String {
    var seconds = time_t(timestamp)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    var buffer = [CChar](repeating: 0, count: 32)
    strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    return buffer.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }
}

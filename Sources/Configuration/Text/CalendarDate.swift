import Glibc

/// A day of the Gregorian calendar, such as 2027-04-01. Days begin in UTC.
package struct CalendarDate: Sendable, Hashable, Comparable, CustomStringConvertible {
  package static let accepted = "a date, such as 2027-04-01"

  /// `YYYY-MM-DD`.
  package let description: String
  /// The time at which the day begins, in seconds since 1970.
  package let start: Int

  /// Parses `YYYY-MM-DD`. Returns nil for another text, or a day that no month has.
  package init?(_ text: String) {
    guard let parts = text.wholeMatch(of: #/([0-9]{4})-([0-9]{2})-([0-9]{2})/#),
      let year = Int32(parts.1), let month = Int32(parts.2), let day = Int32(parts.3)
    else { return nil }
    var fields = tm()
    (fields.tm_year, fields.tm_mon, fields.tm_mday) = (year - 1900, month - 1, day)
    start = timegm(&fields)
    // timegm(3) makes 31 April the first of May.
    guard fields.tm_mon == month - 1, fields.tm_mday == day else { return nil }
    description = text
  }

  /// The time at which the next day begins, in seconds since 1970.
  package var end: Int { start + 86_400 }

  /// Orders days by time.
  package static func < (left: CalendarDate, right: CalendarDate) -> Bool {
    left.start < right.start
  }
}

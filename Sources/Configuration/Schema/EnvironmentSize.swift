import Glibc

/// The size of the environment of hooks, which the kernel limits (execve(2)).
extension Configuration {
  /// The longest variable, with its name and the NUL at its end: 32 pages.
  private static var longestVariableInBytes: Int { 32 * sysconf(Int32(_SC_PAGESIZE)) }
  /// What programs get beside the options: arguments, paths, and pointers to variables.
  private static let otherBytes = 64 << 10
  private static var longestEnvironmentInBytes: Int { sysconf(Int32(_SC_ARG_MAX)) - otherBytes }

  /// Returns errors for values that are too long for variables of hooks, or for all of them
  /// together.
  func environmentErrors(_ values: [OptionName: Interpolator.Result]) -> [ConfigurationError] {
    let sizes = values.filter { $0.key.section != INIFile.defaultSection }
      .map { name, value in
        let variable = Self.variable(name.section.text, name.option.text)
        return (name: name, bytes: variable.utf8.count + value.text.utf8.count + 2)
      }
    let long = sizes.filter { $0.bytes > Self.longestVariableInBytes }
      .sorted { "\($0.name)" < "\($1.name)" }
    if !long.isEmpty {
      return long.map { name, bytes in
        tooLong(
          name,
          "has \(bytes) bytes with its name, but a variable of hooks may have "
            + "\(Self.longestVariableInBytes)")
      }
    }
    let total = sizes.reduce(0) { $0 + $1.bytes + MemoryLayout<UnsafePointer<CChar>>.size }
    guard total > Self.longestEnvironmentInBytes,
      let largest = sizes.max(by: { $0.bytes < $1.bytes })
    else { return [] }
    return [
      tooLong(
        largest.name,
        "is the longest option with \(largest.bytes) bytes; all options together have "
          + "\(total), but the environment of hooks may have \(Self.longestEnvironmentInBytes)")
    ]
  }

  private func tooLong(_ name: OptionName, _ problem: String) -> ConfigurationError {
    unusable(name, "\(problem); make it shorter. A long text belongs in a file that a hook reads")
  }
}

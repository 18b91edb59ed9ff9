/// `[release]`: the releases of a fleet, and how long versions are kept.
package struct ReleaseOptions: OptionSection {
  let name: ExactName = "release"
  let firstStage: Stage? = nil

  package let hooks = HookGroupOptions(.release)
  /// The last day on which the variant is built; nil if there is none.
  package let endOfLife = DeclaredOption<CalendarDate?>("release", "end_of_life", default: "")
  /// How long released versions are kept; nil for ever.
  package let keptFor = DeclaredOption<Duration?>("release", "keep_for", age: "")
}

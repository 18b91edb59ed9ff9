/// `[cache]`: the data that is kept for later builds.
package struct CacheOptions: OptionSection {
  let name: ExactName = "cache"
  let firstStage: Stage? = nil

  package let largestSize = DeclaredOption<UInt64?>("cache", "max_size", default: "")
}

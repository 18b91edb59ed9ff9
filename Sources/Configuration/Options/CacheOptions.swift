/// `[cache]`: how much builds may keep for later ones.
package struct CacheOptions: OptionSection {
  let name: ExactName = "cache"
  let firstStage: Stage? = nil

  package let largestSize = DeclaredOption<UInt64?>("cache", "max_size", default: "")
}

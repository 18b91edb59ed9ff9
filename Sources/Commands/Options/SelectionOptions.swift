import ArgumentParser
import Configuration

/// Options that choose from many variants.
package struct SelectionOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Only variants that match: PRODUCT/BRANCH/ARCH/PLATFORM/PERSONALITY or a value of an "
        + "attribute, or a pattern; may be repeated. Values of one attribute are alternatives; "
        + "different attributes must all match.", valueName: "word"))
  var only: [String] = []
  @Option(
    help: ArgumentHelp("No variants that match; may be repeated.", valueName: "word"))
  var skip: [String] = []

  package init() {}

  /// The option that the command line has; nil if there is none.
  var given: String? { only.isEmpty ? skip.isEmpty ? nil : "--skip" : "--only" }

  /// The selection, which chooses all variants if no option is given.
  package var selection: VariantSelection { VariantSelection(only: only, skip: skip) }
}

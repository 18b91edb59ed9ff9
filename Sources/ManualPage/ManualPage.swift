import Foundation
import SystemPackage

/// Writes a manual page to standard output.
@main enum ManualPage {
  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch (arguments.first, arguments.count) {
    case ("image-builder.8", 1): print(try CommandPage().text, terminator: "")
    case ("image-builder.ini.5", 2):
      print(try ConfigurationPage(FilePath(arguments[1])).text, terminator: "")
    default:
      FileHandle.standardError.write(Data(usage.utf8))
      exit(64)
    }
  }

  private static let usage = """
    usage: manual-page image-builder.8
           manual-page image-builder.ini.5 CONFIGURATION-DIRECTORY

    """
}

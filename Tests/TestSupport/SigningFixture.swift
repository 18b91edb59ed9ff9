import Foundation
import SystemPackage

/// A GnuPG home with one throw-away signing key.
package struct SigningFixture {
  package let home: FilePath
  /// The key's fingerprint.
  package let fingerprint: String
  /// The armored public key.
  package let publicKey: FilePath

  package init(_ fixture: Fixture, name: String = "gnupg") throws {
    home = try fixture.makeDirectory(name)
    publicKey = fixture.path("\(name).asc")
    // The socket of the agent needs a short path.
    let gpg = "chmod 700 '\(home)'; gpg --homedir '\(home)' --batch --quiet"
    try Shell.run(
      "\(gpg) --passphrase '' --quick-gen-key 'Test <test@example.invalid>' ed25519 sign never")
    fingerprint = try Shell.run(
      "\(gpg) --with-colons --list-secret-keys | awk -F: '/^fpr/ { print $10; exit }'"
    ).lines[0]
    try Shell.run("\(gpg) --armor --export > '\(publicKey)'")
    let home = home
    fixture.atEnd { _ = try? Shell.run("gpgconf --homedir '\(home)' --kill all") }
  }
}

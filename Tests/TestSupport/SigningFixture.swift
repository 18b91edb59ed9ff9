import Foundation
import SystemPackage

/// A GnuPG home directory with one temporary signing key.
package struct SigningFixture {
  package let home: FilePath
  /// The fingerprint of the key.
  package let fingerprint: String
  /// The path of the armored public key.
  package let publicKey: FilePath

  /// The options of ostree that sign with the key.
  package var ostreeOptions: String { "--gpg-homedir='\(home)' --gpg-sign=\(fingerprint)" }

  package init(_ fixture: Fixture, name: String = "gnupg") throws {
    home = try fixture.makeDirectory(name)
    publicKey = fixture.path("\(name).asc")
    // The path of the agent's socket must be short.
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

import SystemPackage

/// The files with which the OSTree repository is reached over TLS.
package struct RemoteTLS: Sendable {
  /// Certificates of authorities that are trusted in addition to those of the host (PEM).
  package let authorities: FilePath?
  /// The certificate that is shown to the server, and its key (PEM).
  package let clientCertificate: FilePath?
  package let clientKey: FilePath?

  private static let options = Options.ostree

  /// - Throws: `ConfigurationError`, also for a client certificate without a key and the reverse.
  package init(_ configuration: Configuration) throws(ConfigurationError) {
    authorities = try configuration.value(Self.options.tlsAuthorities)
    clientCertificate = try configuration.value(Self.options.tlsClientCertificate)
    clientKey = try configuration.value(Self.options.tlsClientKey)
    let (certificate, key) = (
      Self.options.tlsClientCertificate.name, Self.options.tlsClientKey.name
    )
    switch (clientCertificate, clientKey) {
    case (nil, nil), (_?, _?): break
    case (_?, nil): throw configuration.unusable(certificate, "is set, but \(key) is not; set both")
    case (nil, _?): throw configuration.unusable(key, "is set, but \(certificate) is not; set both")
    }
  }

  /// The files, with the options that name them.
  package var files: [(option: OptionName, path: FilePath)] {
    [
      (Self.options.tlsAuthorities.name, authorities),
      (Self.options.tlsClientCertificate.name, clientCertificate),
      (Self.options.tlsClientKey.name, clientKey),
    ].compactMap { option, path in path.map { (option, $0) } }
  }
}

extension Configuration {
  /// The error of a client certificate without a key, or the reverse.
  var unusableRemoteTLS: [ConfigurationError] {
    do throws(ConfigurationError) {
      _ = try RemoteTLS(self)
      return []
    } catch {
      // Each option is checked by itself, too.
      if case .unusable = error { return [error] }
      return []
    }
  }

  /// Warnings for files of TLS that are not used, because the URL is not one of https.
  var ignoredRemoteTLS: [ConfigurationWarning] {
    guard let files = try? RemoteTLS(self).files, let pulled = try? PulledURL(self),
      !pulled.text.isEmpty, !pulled.text.hasPrefix("https://")
    else { return [] }
    return files.compactMap { option, _ in
      guard let setting = complete[option] else { return nil }
      let place = OptionPlace(
        section: option.section.text, option: option.option.text, origin: setting.origin)
      return .ignoredOption(place, reason: "\(pulled.option) is not an https:// URL")
    }
  }
}

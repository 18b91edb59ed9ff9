extension DestinationKind {
  /// The option that says where the destination is.
  package var option: OptionName {
    switch self {
    case .directory: Options.publish.directory.name
    case .s3: Options.publish.s3Bucket.name
    case .ssh: Options.publish.ssh.name
    case .registry: Options.publish.registry.name
    }
  }
}

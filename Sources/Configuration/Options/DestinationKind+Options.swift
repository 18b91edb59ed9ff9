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

  /// What is wrong if it is listed without a place, worded to follow `publish:destinations`.
  package var absence: String {
    "lists \(rawValue), but \(option) is empty; set it, or remove the word"
  }
}

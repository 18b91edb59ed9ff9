import SystemPackage

/// `[publish]`: where the outputs are published.
package struct PublishOptions: OptionSection {
  let name: ExactName = "publish"
  let firstStage: Stage? = .publish

  package let hooks = HookGroupOptions(.publish)
  package let destinations = DeclaredOption<[DestinationKind]>(
    "publish", "destinations", default: "", mayBeEmpty: true)
  package let keptFailures = DeclaredOption<Int>(
    "publish", "keep_failed", default: 10, atLeast: 1)
  package let publishesTree = DeclaredOption<Bool>("publish", "tree", default: false)
  package let treeDepth = DeclaredOption<Int>("publish", "tree_depth", default: 3, atLeast: 1)
  package let treeSigningHome = DeclaredOption<FilePath?>(
    "publish", "tree_signing_home", default: "")
  package let registry = DeclaredOption<RegistryReference?>("publish", "registry", default: "")
  package let registryAuthenticationFile = DeclaredOption<FilePath?>(
    "publish", "registry_authfile", default: "")
  package let registryAuthorities = DeclaredOption<FilePath?>("publish", "registry_ca", default: "")
  package let directory = DeclaredOption<FilePath?>("publish", "directory", default: "")

  /// The bucket of an object store. EIB's hooks use it, too, so alone it starts nothing.
  package let s3Bucket = DeclaredOption<String>(
    "publish", "s3_bucket", default: "",
    type: .regex("([A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9])?"))
  package let s3Region = DeclaredOption<String>(
    "publish", "s3_region", default: "", type: .regex("[a-z0-9-]*"))
  /// What the keys of all objects begin with: names separated by slashes.
  package let s3Prefix = DeclaredOption<String>(
    "publish", "s3_prefix", default: "",
    type: .regex(
      "/?([A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*)?/?"))
  package let s3Endpoint = DeclaredOption<String?>("publish", "s3_endpoint", server: "")
  /// One of the "canned ACLs" of the Amazon S3 User Guide.
  package let s3ACL = DeclaredOption<String>(
    "publish", "s3_acl", default: "",
    type: .regex(
      "|private|public-read|public-read-write|authenticated-read|aws-exec-read|bucket-owner-read"
        + "|bucket-owner-full-control"))
  /// A class whose objects can be read at once.
  package let s3StorageClass = DeclaredOption<String>(
    "publish", "s3_storage_class", default: "",
    type: .regex("|(?!(GLACIER|DEEP_ARCHIVE)$)[A-Z][A-Z0-9_]*"))

  package let publicURL = DeclaredOption<String?>("publish", "public_url", server: "")
  package let publicCheck = DeclaredOption<PublicCheck>(
    "publish", "public_check", default: .full)
  package let ssh = DeclaredOption<SSHPlace?>("publish", "ssh", ssh: "")
}

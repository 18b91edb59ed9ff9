import SystemPackage

/// `[ostree]`: where the tree is pulled from, and the remote of the installed system.
package struct OSTreeOptions: OptionSection {
  let name: ExactName = "ostree"
  let firstStage: Stage? = .ostree

  package let stateroot = DeclaredOption<String>(
    "ostree", "os", default: "eos", rule: .type(.regex(#"[A-Za-z0-9_][A-Za-z0-9._+-]*"#)))
  package let remote = DeclaredOption<String>("ostree", "remote", default: "eos", type: .remote)
  package let repositoryName = DeclaredOption<String>(
    "ostree", "repo", default: "eos-${build:arch}")
  package let ref = DeclaredOption<String>(
    "ostree", "ref", default: "os/${build:product}/${build:platform}/${build:branch}", type: .ref)
  package let deployedRef = DeclaredOption<String>(
    "ostree", "ref_deploy", default: "os/${build:product}/${build:platform}/${build:series}",
    type: .ref)
  package let url = DeclaredOption<String>("ostree", "url", repository: "")
  package let productionURL = DeclaredOption<String>("ostree", "prod_url", repository: "")
  package let pulledURL = DeclaredOption<String>("ostree", "dev_pull_url", repository: "${url}")
  package let pulledProductionURL = DeclaredOption<String>(
    "ostree", "prod_pull_url", repository: "${prod_url}")
  package let deployedURL = DeclaredOption<String>(
    "ostree", "deploy_url", repository: "${prod_url}")
  package let isPeerToPeerEnabled = DeclaredOption<Bool>(
    "ostree", "enable_p2p_updates", default: true)
  package let contentRepository = DeclaredOption<FilePath>(
    "ostree", "repodir", default: "${build:cachedir}/ostree/${repo}", effect: .onPlaces)
  package let sysroot = DeclaredOption<FilePath>(
    "ostree", "checkout", default: "${build:tmpdir}/ostree-co", effect: .onPlaces)
  package let tlsAuthorities = DeclaredOption<FilePath?>(
    "ostree", "tls_ca", default: "", effect: .onRun)
  package let tlsClientCertificate = DeclaredOption<FilePath?>(
    "ostree", "tls_client_certificate", default: "", effect: .onRun)
  package let tlsClientKey = DeclaredOption<FilePath?>(
    "ostree", "tls_client_key", default: "", effect: .onRun)
  package let trustedKeys = DeclaredOption<[String]>(
    "ostree", "trusted_keys", default: "", effect: .onPlaces)
  package let allowsDowngrade = DeclaredOption<Bool>("ostree", "allow_downgrade", default: false)
  package let largestObject = DeclaredOption<UInt64?>("ostree", "max_object_size", default: "4G")
  package let hooks = HookGroupOptions(.ostree)
  package let stallTimeout = DeclaredOption<Duration?>("ostree", "stall_timeout", limit: "5m")
}

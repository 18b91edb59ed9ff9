// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
  ] + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser")
let collections = Target.Dependency.product(
  name: "OrderedCollections", package: "swift-collections")
let yaml = Target.Dependency.product(name: "Yams", package: "Yams")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")

/// The fuzzer needs a library of clang's, which only `make fuzz` links, and a core that tells it
/// which branches were taken.
let isFuzzing = Context.environment["IMAGE_BUILDER_FUZZING"] != nil
let coverage: [SwiftSetting] = isFuzzing ? [.unsafeFlags(["-sanitize=fuzzer"])] : []
let fuzzers: [Target] =
  isFuzzing
  ? [
    .executableTarget(
      name: "configuration-fuzzer", dependencies: ["Configuration", system],
      path: "Tests/Fuzzing",
      exclude: ["configuration.dict", "seeds"], swiftSettings: strict,
      linkerSettings: [.linkedLibrary("stdc++"), .linkedLibrary("m")])
  ] : []

/// Instrumented builds take long: each has those tests alone that are worth it, and `.ci/run-sanitizers`
/// names them.
let instrumentedTests = Context.environment["IMAGE_BUILDER_INSTRUMENTED_TESTS"]?
  .split(separator: ",").map(String.init)

let tests: [Target] = [
  .testTarget(
    name: "ConfigurationTests", dependencies: ["Configuration", "TestSupport", system],
    swiftSettings: strict),
  .testTarget(
    name: "BindingsTests", dependencies: ["Bindings", "TestSupport", system],
    swiftSettings: strict),
  .testTarget(
    name: "ImageBuilderCoreTests",
    dependencies: ["ImageBuilderCore", "Configuration", "Bindings", "TestSupport", system],
    swiftSettings: strict),
  .testTarget(
    name: "IntegrationTests",
    dependencies: ["ImageBuilderCore", "Configuration", "TestSupport", system],
    swiftSettings: strict),
]

let package = Package(
  name: "image-builder",
  products: [
    .executable(name: "image-builder", targets: ["image-builder"]),
    .executable(name: "image-builder-engine", targets: ["image-builder-engine"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
    .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
    .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2", traits: []),
    .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
  ],
  targets: [
    .systemLibrary(name: "CGLib", pkgConfig: "gio-unix-2.0"),
    .systemLibrary(name: "COSTree", pkgConfig: "ostree-1"),
    .systemLibrary(name: "CFlatpak", pkgConfig: "flatpak"),
    .systemLibrary(name: "CGPGME", pkgConfig: "gpgme"),
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl"),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto"),
    .systemLibrary(name: "CGcrypt", pkgConfig: "libgcrypt"),
    .systemLibrary(name: "CISAL", pkgConfig: "libisal"),
    .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate"),
    .systemLibrary(name: "CZstandard", pkgConfig: "libzstd"),
    .target(name: "CLinux"),
    // Answers every question, so it uses no library of a build.
    .target(
      name: "Configuration", dependencies: [collections, subprocess, system],
      swiftSettings: strict + coverage),
    .target(
      name: "Bindings",
      dependencies: [
        "CGLib", "COSTree", "CFlatpak", "CGPGME", "CCurl", "CCrypto", "CGcrypt", "CDeflate",
        "CISAL",
        "CZstandard", "CLinux", system,
      ],
      swiftSettings: strict),
    // Files of layers and packages.
    .target(
      name: "YAML", dependencies: ["Configuration", yaml, system], swiftSettings: strict),
    .target(
      name: "ImageBuilderCore",
      dependencies: ["Configuration", "Bindings", "YAML", subprocess, system],
      swiftSettings: strict),
    .target(
      name: "Commands", dependencies: ["Configuration", argumentParser, system],
      swiftSettings: strict),
    .executableTarget(name: "image-builder", dependencies: ["Commands"], swiftSettings: strict),
    .executableTarget(
      name: "image-builder-engine",
      dependencies: ["Commands", "ImageBuilderCore", argumentParser, system],
      swiftSettings: strict),
    .executableTarget(
      name: "manual-page", dependencies: ["Commands", "Configuration", argumentParser, system],
      path: "Sources/ManualPage", swiftSettings: strict),
    .target(
      name: "TestSupport", dependencies: ["Configuration", system], path: "Tests/TestSupport",
      swiftSettings: strict),
  ] + fuzzers + tests.filter { instrumentedTests?.contains($0.name) ?? true }
)

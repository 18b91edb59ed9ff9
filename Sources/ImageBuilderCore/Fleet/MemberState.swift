import Configuration

/// What is to be done for a variant, and why.
enum FleetNeed: Sendable, Equatable {
  case nothing
  /// The reasons, the most important one first.
  case build([String])
  /// The places that lack the newest version.
  case publish([String])
  /// Somebody builds the variant now.
  case wait(String)
  /// The variant is not built any more since this day.
  case endOfLife(String)
  /// The configuration of the variant is wrong.
  case correct(String)
  /// Its tree, or what its hooks download, cannot be looked at.
  case unknown(String)

  /// One or two words.
  var word: String {
    switch self {
    case .nothing: "up to date"
    case .build: "to build"
    case .publish: "to publish"
    case .wait: "running"
    case .endOfLife: "end of life"
    case .correct: "wrong"
    case .unknown: "unknown"
    }
  }

  /// Why, in sentences without a period.
  var reasons: [String] {
    switch self {
    case .nothing: []
    case .build(let reasons): reasons
    case .publish(let places): places.map { "\($0) lacks the newest version" }
    case .wait(let reason): [reason]
    case .endOfLife(let day): ["it is not built since \(day) (release:end_of_life)"]
    case .correct(let reason), .unknown(let reason): [reason]
    }
  }
}

/// What there is of a variant, and what is to be done for it.
struct MemberState: Sendable {
  /// A version at some destination.
  struct Newest: Sendable {
    /// OUTVERSION.
    let version: String
    /// Nil if its manifest does not say.
    let buildVersion: String?
    let secondsSinceEpoch: UInt64
    let isReleased: Bool
  }

  /// A destination of the variant.
  struct Place: Sendable {
    let name: String
    /// Nil if it could not be looked at.
    let hasNewest: Bool?
  }

  /// PRODUCT/BRANCH/ARCH/PLATFORM/PERSONALITY.
  let name: String
  let newest: Newest?
  let places: [Place]
  var need: FleetNeed
  /// Why the last build failed, if it was newer than the newest version.
  var lastFailure: String?
  /// Whether somebody builds the variant now.
  var isBeingBuilt: Bool { if case .wait = need { true } else { false } }

  init(name: String, newest: Newest? = nil, places: [Place] = [], need: FleetNeed = .nothing) {
    self.name = name
    self.newest = newest
    self.places = places
    self.need = need
  }
}

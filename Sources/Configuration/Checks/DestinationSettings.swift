/// What is wrong with the destinations of a configuration, as far as their servers are not needed to
/// find it out.
struct DestinationSettings {
  private let configuration: Configuration

  init(_ configuration: Configuration) {
    self.configuration = configuration
  }

  /// What a build refuses.
  var errors: [Finding] {
    // A word that is no kind is reported by itself.
    let kinds = (try? configuration.value(Options.publish.destinations)) ?? []
    return kinds.filter { isEmpty($0.option) }
      .map { finding(Options.publish.destinations.name, $0.absence) }
  }

  /// What is asked for, but needs a destination.
  var warnings: [Finding] {
    let kinds = (try? configuration.value(Options.publish.destinations)) ?? []
    guard kinds.isEmpty, isEmpty(Options.publish.directory.name) else { return [] }
    let publishesTree = (try? configuration.value(Options.publish.publishesTree)) ?? false
    let names =
      (publishesTree ? [Options.publish.publishesTree.name] : [])
      + [Options.publish.publicURL.name].filter { !isEmpty($0) }
    return names.map {
      finding(
        $0, "is set, but nothing is published; set publish:directory or publish:destinations")
    }
  }

  private func isEmpty(_ name: OptionName) -> Bool {
    guard configuration.isSet(name), let text = try? configuration.text(of: name) else {
      return true
    }
    return text.isEmpty
  }

  private func finding(_ name: OptionName, _ problem: String) -> Finding {
    let origin = configuration.origin(of: name.section.text, name.option.text)
    let place = origin.map { "\($0): " } ?? ""
    return Finding("\(place)\(name) \(problem)", at: origin, fault: "\(name) \(problem)")
  }
}

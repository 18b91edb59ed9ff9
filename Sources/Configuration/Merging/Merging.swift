import OrderedCollections

extension INIFile {
  /// Adds the suffix of the file to bare `_add` and `_del` options. Their order is unchanged.
  mutating func qualifyMergedOptions(_ merged: MergedOptions, namespace: ExactName) {
    defaults = INIFile.qualify(defaults, merged.optionsAnywhere, namespace)
    for section in sections.keys {
      let options = merged.options(in: section)
      if let own = sections[section], !options.isEmpty {
        sections[section] = INIFile.qualify(own, options, namespace)
      }
    }
  }

  private static func qualify(
    _ section: Section, _ merged: [MergedOption], _ namespace: ExactName
  ) -> Section {
    let bareNames = Set(
      merged.flatMap { [ExactName("\($0.option.text)_add"), ExactName("\($0.option.text)_del")] })
    guard section.keys.contains(where: bareNames.contains) else { return section }
    var qualified: Section = [:]
    for (name, value) in section {
      let isBare = bareNames.contains(name)
      let newName = isBare ? ExactName("\(name.text)_\(namespace.text)") : name
      // The file may have both the bare option and the one with the suffix. Both count.
      qualified[newName] =
        qualified[newName].map {
          Value(
            text: "\($0.text)\n\(value.text)", line: $0.line,
            textLines: $0.textLines + value.textLines)
        } ?? value
    }
    return qualified
  }
}

/// A word in a part of a merged option.
struct MergedWord: Sendable {
  let text: String
  let part: MergedPart
  /// The part that contains the word, such as `hooks_add_local`.
  let option: ExactName
  /// The line that contains the word.
  let origin: Origin
  let isPrivate: Bool
}

extension [MergedWord] {
  /// The words that a merged list keeps. In a set, a word is kept once if more parts add it than
  /// delete it. In a sequence, each addition is kept, in order, unless a part deletes the word.
  func kept(asSequence isSequence: Bool) -> [MergedWord] {
    var counts: [ExactName: Int] = [:]
    for word in self {
      switch word.part {
      case .addition where !isSequence: counts[ExactName(word.text), default: 0] += 1
      case .addition: break
      case .deletion: counts[ExactName(word.text), default: 0] -= 1
      }
    }
    let additions = filter { $0.part == .addition }
    if isSequence { return additions.filter { counts[ExactName($0.text)] == nil } }
    var seen: Set<ExactName> = []
    return additions.filter { word in
      counts[ExactName(word.text), default: 0] > 0 && seen.insert(ExactName(word.text)).inserted
    }
  }
}

/// Replaces the parts of merged options in a store by the merged lists.
struct Merger {
  let merged: MergedOptions
  /// The words of each merged option in the order of the parts.
  private(set) var words: [OptionName: [MergedWord]] = [:]

  private struct Job {
    let name: OptionName
    let parts: [(option: ExactName, part: MergedPart)]
  }

  init(_ merged: MergedOptions) {
    self.merged = merged
  }

  /// Merges all options of a store. A part may refer to other parts and to other merged options.
  ///
  /// - Parameter interpolator: makes the interpolator for a store and the options that are not
  ///   merged yet.
  mutating func merge(
    _ store: inout SettingStore, with interpolator: (SettingStore, Set<OptionName>) -> Interpolator
  ) throws(ConfigurationError) {
    var jobs: [Job] = []
    var parts: [OptionName] = []
    for section in store.sections.keys {
      for option in merged.options(in: section) {
        let job = job(section, option.option, in: store)
        parts += job.parts.map { OptionName(section: section, option: $0.option) }
        if store[job.name] == nil, option.isAlwaysSet || !job.parts.isEmpty {
          jobs.append(job)
        }
      }
    }
    try run(jobs, &store, interpolator)
    for part in parts {
      store.remove(part.section, part.option)
    }
    removeDefaultParts(&store)
  }

  private func job(_ section: ExactName, _ option: ExactName, in store: SettingStore) -> Job {
    Job(
      name: OptionName(section: section, option: option),
      parts: store.options(in: section).compactMap { name in
        MergedPart(name, of: option).map { (name, $0) }
      })
  }

  private mutating func run(
    _ jobs: [Job], _ store: inout SettingStore,
    _ interpolator: (SettingStore, Set<OptionName>) -> Interpolator
  ) throws(ConfigurationError) {
    var waiting = jobs
    while !waiting.isEmpty {
      var failed: [(job: Job, error: ConfigurationError)] = []
      let names = Set(waiting.map(\.name))
      for job in waiting {
        do throws(ConfigurationError) {
          let setting = try value(of: job, interpolator(store, names))
          store.set(job.name.section, job.name.option, setting)
        } catch {
          failed.append((job, error))
        }
      }
      if failed.count == waiting.count,
        let error = ConfigurationError.combining(failed.map(\.error))
      {
        throw error
      }
      waiting = failed.map(\.job)
    }
  }

  private mutating func value(
    of job: Job, _ interpolator: Interpolator
  ) throws(ConfigurationError) -> Setting {
    var words: [MergedWord] = []
    var result = Setting(text: "", origin: .builtIn, isMerged: true)
    for (option, part) in job.parts {
      let name = OptionName(section: job.name.section, option: option)
      guard let setting = interpolator.store[name] else { continue }
      words += try self.words(of: part, name, setting, interpolator, listName: job.name)
      result.origin = setting.origin
    }
    let kept = words.kept(asSequence: Options.isSequence(job.name)).map(\.text)
    result.isPrivate = words.contains(where: \.isPrivate)
    result.text = ReferenceText.escape(kept.joined(separator: "\n"))
    self.words[job.name] = words
    return result
  }

  /// Returns the words of a part. Each line is expanded on its own, so that each word has the line
  /// it is on.
  private func words(
    of part: MergedPart, _ name: OptionName, _ setting: Setting, _ interpolator: Interpolator,
    listName: OptionName
  ) throws(ConfigurationError) -> [MergedWord] {
    var words: [MergedWord] = []
    var length = 0
    for line in setting.lines {
      let value = try interpolator.value(of: name, setting: line)
      length += value.text.utf8.count
      guard length <= Interpolator.longestValueInBytes else {
        throw .tooLong(
          section: name.section.text, option: name.option.text, at: setting.origin)
      }
      words += Options.words(of: value.text, in: listName).map {
        MergedWord(
          text: $0, part: part, option: name.option, origin: line.origin,
          isPrivate: value.isPrivate)
      }
    }
    return words
  }

  private func removeDefaultParts(_ store: inout SettingStore) {
    let options = merged.optionsAnywhere.map(\.option)
    for name in store.defaults.keys
    where options.contains(where: { MergedPart(name, of: $0) != nil }) {
      store.remove(INIFile.defaultSection, name)
    }
  }
}

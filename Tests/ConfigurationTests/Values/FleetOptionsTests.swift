import TestSupport
import Testing

@testable import Configuration

@Suite struct FleetOptionsTests {
  private func load(_ text: String, private: String? = nil) throws -> Configuration {
    var files = ["config/local.ini": text]
    files["config/private.ini"] = `private`
    return try Site(files).load()
  }

  /// Returns the message of the only error, without the path of the fixture.
  private func message(_ text: String) throws -> String {
    let message = try load(text).validationMessage
    #expect(!message.contains("\n"))
    return message.firstRange(of: "local.ini:").map { String(message[$0.lowerBound...]) } ?? message
  }

  @Test func nothingIsSetByDefault() throws {
    let configuration = try Site([:]).load()
    let (fleet, release) = (Options.fleet, Options.release)
    #expect(try configuration.value(fleet.jobs) == nil)
    #expect(try configuration.value(fleet.scheduler) == nil)
    #expect(try configuration.value(fleet.maximumAge) == nil)
    #expect(try configuration.value(fleet.sbatchOptions) == [])
    #expect(try configuration.value(fleet.inputsKey) == "")
    #expect(try configuration.value(release.endOfLife) == nil)
    #expect(try configuration.value(release.keptFor) == nil)
  }

  @Test func valuesAreRead() throws {
    let configuration = try load(
      """
      [fleet]
      jobs = 4
      scheduler = slurm
      max_age = 7d
      sbatch_options_add = --partition=images --exclusive
      [release]
      end_of_life = 2027-04-01
      keep_for = 12h
      """, private: "[fleet]\ninputs_key = 0123456789\nsbatch_options_add = --nice\n")
    #expect(configuration.validationMessage == "")
    let (fleet, release) = (Options.fleet, Options.release)
    #expect(try configuration.value(fleet.jobs) == 4)
    #expect(try configuration.value(fleet.scheduler) == .slurm)
    #expect(try configuration.value(fleet.maximumAge) == .seconds(7 * 86_400))
    #expect(
      try configuration.value(fleet.sbatchOptions) == [
        "--partition=images", "--exclusive", "--nice",
      ])
    #expect(try configuration.value(fleet.inputsKey) == "0123456789")
    #expect(try configuration.value(release.endOfLife)?.description == "2027-04-01")
    #expect(try configuration.value(release.keptFor) == .seconds(12 * 3600))
    #expect(!(try configuration.rendered(.public, resolved: true)).contains("0123456789"))
  }

  @Test(arguments: [
    ("[fleet]\njobs = 0", "local.ini:2: fleet:jobs is '0'; accepted: a whole number, 1 or greater"),
    (
      "[fleet]\nscheduler = slrum",
      "local.ini:2: fleet:scheduler is 'slrum'; accepted: slurm, or nothing; did you mean slurm?"
    ),
    ("[fleet]\nmax_age = 7", "local.ini:2: fleet:max_age is '7'; accepted: a number followed by"),
    (
      "[release]\nend_of_life = 2027-02-29",
      "local.ini:2: release:end_of_life is '2027-02-29'; accepted: a date, such as 2027-04-01"
    ),
    ("[release]\nkeep_for = ever", "local.ini:2: release:keep_for is 'ever'"),
  ])
  func otherValuesAreRefused(text: String, expected: String) throws {
    #expect(try message(text).hasPrefix(expected))
  }

  @Test(arguments: [
    "images", "-p", "-D/srv", "--", "--=x", "--export=ALL", "--exp=ALL", "--job-name=x",
    "--dependency=x",
    "--chdir=/x", "--requeue", "--no-requeue", "--comment=x", "--array=1-3", "--wrap=x",
    "--parsable",
    "--Partition=x",
  ])
  func otherWordsForSbatchAreRefusedWithTheirLine(word: String) throws {
    let text = "[fleet]\nsbatch_options_add = --partition=images\n  --exclusive \(word)\n"
    #expect(
      try message(text).hasPrefix(
        "local.ini:3: fleet:sbatch_options is '\(word)'; accepted: long options of sbatch as one word"
      ))
  }

  @Test(arguments: [
    "--constraint=arm64", "--nodes=1", "--time=1:00:00", "--no-kill",
  ])
  func wordsForSbatchAreAccepted(word: String) throws {
    #expect(try message("[fleet]\nsbatch_options_add = \(word)\n") == "")
  }

  @Test func theKeyOfInputsBelongsInAPrivateFile() throws {
    let text = try message("[fleet]\ninputs_key = sentinel\n")
    #expect(text.hasPrefix("local.ini:2: fleet:inputs_key is set in a public file"))
    #expect(!text.contains("sentinel"))
  }

  @Test func datesAreDaysOfTheCalendar() throws {
    let day = try #require(CalendarDate("2027-04-01"))
    #expect(day.start == 1_806_537_600 && day.end == day.start + 86_400)
    #expect(try day < #require(CalendarDate("2027-04-02")))
    #expect(CalendarDate("2028-02-29") != nil)
    for text in [
      "", "2027-4-1", "2027-13-01", "2027-00-10", "2027-04-31", "27-04-01", "2027-04-01T",
      "٢٠٢٧-٠٤-٠١",
    ] {
      #expect(CalendarDate(text) == nil, "\(text)")
    }
  }
}

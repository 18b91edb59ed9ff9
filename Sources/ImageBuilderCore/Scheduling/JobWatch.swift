import Configuration

/// Watches jobs until they have ended. Jobs go on without it.
struct JobWatch: Sendable {
  let queue: SlurmQueue
  /// The time between two looks at the queue.
  var interval: Duration = .seconds(3)
  /// That time, at most, while the controller does not answer.
  var longestInterval: Duration = .seconds(60)
  /// Gets a sentence when the controller does not answer, and one when it does again.
  let say: @Sendable (String) -> Void

  /// Waits until each variant has no job any more that could go on.
  ///
  /// - Parameters:
  ///   - buildVersion: jobs with another build version are waited for, but are left out when they
  ///     have ended.
  ///   - changed: gets the job of a variant when it is first seen and whenever it has changed; nil
  ///     when the queue has none. The variant is not watched any more after nil, and after a job
  ///     whose state is final.
  /// - Throws: the errors of `SlurmQueue.jobs`, except that of a controller that does not answer, which
  ///   is waited for; what `changed` throws.
  func wait(
    for variants: Set<PublishedVariant>, _ buildVersion: String,
    changed: (PublishedVariant, SlurmJob?) async throws -> Void
  ) async throws {
    var last: [PublishedVariant: SlurmJob] = [:]
    var left = variants
    var silence: ContinuousClock.Instant?
    var pause = interval
    while true {
      do {
        let jobs = try await queue.jobs()
        if let begin = silence {
          let time = formattedSeconds(ContinuousClock.now - begin)
          say("the controller of Slurm answers again, after \(time)")
        }
        (silence, pause) = (nil, interval)
        for variant in left.sorted() {
          let job = SlurmJob.current(jobs, of: variant, buildVersion)
          if job == nil || job != last[variant] { try await changed(variant, job) }
          last[variant] = job
          if job?.state.isFinal ?? true { left.remove(variant) }
        }
      } catch let error as SlurmError {
        guard case .unreachable = error else { throw error }
        if silence == nil { say("warning: \(error)") }
        silence = silence ?? .now
        pause = min(pause * 2, longestInterval)
      }
      if left.isEmpty { return }
      try await Task.sleep(for: pause)
    }
  }
}

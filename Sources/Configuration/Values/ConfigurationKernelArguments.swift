extension Configuration {
  /// The arguments in `image:kernel_args` that cannot be set, each with the line that adds it.
  var kernelArgumentProblems: [ConfigurationError] {
    let name = Options.image.kernelArguments.name
    // `validate()` reports a value that cannot be expanded.
    guard let setting = complete[name], let value = try? expanded(name),
      let places = try? wordPlaces(of: name)
    else { return [] }
    let arguments = KernelArguments.split(value.text)
    var problems = arguments.compactMap { argument -> ConfigurationError? in
      guard let reason = KernelArguments.problem(argument) else { return nil }
      let place = places[ExactName(argument)]
      let isPrivate = place?.isPrivate ?? value.isPrivate
      return .badKernelArgument(
        argument: isPrivate ? nil : argument, reason: reason, at: place?.origin ?? setting.origin)
    }
    let length = arguments.reduce(0) { $0 + $1.utf8.count + 1 }
    if length > KernelArguments.maximumLengthInBytes, let last = arguments.last {
      problems.append(
        .badKernelArgument(
          argument: places[ExactName(last)]?.isPrivate ?? true ? nil : last,
          reason: "all arguments together have \(length) bytes, and the kernel's limit leaves "
            + "\(KernelArguments.maximumLengthInBytes)",
          at: places[ExactName(last)]?.origin ?? setting.origin))
    }
    return problems
  }
}

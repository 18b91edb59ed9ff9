import SystemPackage

/// The bytes of a file, with other bytes before and after them.
public struct FramedFile: Sendable {
  /// The file.
  public let path: FilePath
  let header: [UInt8]
  let zerosInBytes: UInt64
  let trailer: [UInt8]

  /// - Parameters:
  ///   - zerosInBytes: the number of zeros between the file and the trailer.
  public init(
    _ path: FilePath, header: [UInt8] = [], zerosInBytes: UInt64 = 0, trailer: [UInt8] = []
  ) {
    self.path = path
    self.header = header
    self.zerosInBytes = zerosInBytes
    self.trailer = trailer
  }
}

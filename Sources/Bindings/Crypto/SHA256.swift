import CCrypto
import Glibc
import SystemPackage

/// A SHA-256 digest computed piece by piece by libcrypto.
public struct SHA256: ~Copyable {
  private let context: OpaquePointer

  /// The digest of nothing yet.
  public init() {
    context = EVP_MD_CTX_new()
    EVP_DigestInit_ex(context, EVP_sha256(), nil)
  }

  deinit {
    EVP_MD_CTX_free(context)
  }

  /// Adds bytes.
  public func update(_ bytes: UnsafeRawBufferPointer) {
    EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
  }

  /// The digest of what was added until now, in lower-case hexadecimal.
  public var hexadecimal: String {
    let copy = EVP_MD_CTX_new()
    defer { EVP_MD_CTX_free(copy) }
    EVP_MD_CTX_copy_ex(copy, context)
    var digest = [UInt8](repeating: 0, count: 32)
    EVP_DigestFinal_ex(copy, &digest, nil)
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The digest of a text's UTF-8 form.
  public static func hexadecimal(of text: String) -> String {
    let digest = SHA256()
    var text = text
    text.withUTF8 { digest.update(UnsafeRawBufferPointer($0)) }
    return digest.hexadecimal
  }

  /// The digest and size of a whole file.
  ///
  /// - Throws: `Errno`.
  public static func hexadecimal(
    ofFile path: FilePath
  ) throws -> (digest: String, sizeInBytes: UInt64) {
    let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    defer { try? file.close() }
    return try hexadecimal(ofRest: file)
  }

  /// The digest and size of what an open file holds from its offset on.
  ///
  /// - Throws: `Errno`.
  public static func hexadecimal(
    ofRest file: FileDescriptor
  ) throws -> (digest: String, sizeInBytes: UInt64) {
    posix_fadvise(file.rawValue, 0, 0, POSIX_FADV_SEQUENTIAL)
    let digest = SHA256()
    var sizeInBytes: UInt64 = 0
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    while case let count = try file.read(into: buffer), count > 0 {
      digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      sizeInBytes += UInt64(count)
    }
    return (digest.hexadecimal, sizeInBytes)
  }
}

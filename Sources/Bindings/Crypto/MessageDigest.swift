import CCrypto
import Glibc
import SystemPackage

/// A message digest that libcrypto computes incrementally.
public struct MessageDigest: ~Copyable {
  /// The hash function.
  public enum Algorithm: Sendable {
    /// MD5 only compares with digests that others have made.
    case md5
    case sha1, sha256, sha384, sha512

    fileprivate var method: OpaquePointer? {
      switch self {
      case .md5: EVP_md5()
      case .sha1: EVP_sha1()
      case .sha256: EVP_sha256()
      case .sha384: EVP_sha384()
      case .sha512: EVP_sha512()
      }
    }
  }

  private let context: OpaquePointer

  /// Starts a digest; no data has been added.
  public init(_ algorithm: Algorithm = .sha256) {
    context = EVP_MD_CTX_new()
    Self.check(EVP_DigestInit_ex(context, algorithm.method, nil))
  }

  deinit {
    EVP_MD_CTX_free(context)
  }

  /// Adds bytes.
  public func update(_ bytes: UnsafeRawBufferPointer) {
    Self.check(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count))
  }

  /// These functions of libcrypto fail only when memory is exhausted; there is no way to continue.
  fileprivate static func check(_ result: Int32) {
    precondition(result == 1, "libcrypto cannot compute a digest: out of memory")
  }

  /// The state after the bytes that have been added so far.
  public var snapshot: Snapshot { Snapshot(of: context) }

  /// The digest of the bytes that have been added so far, in lower-case hexadecimal.
  public var hexadecimal: String { snapshot.hexadecimal }

  /// The SHA-256 digest of the UTF-8 bytes of a text, in lower-case hexadecimal.
  public static func hexadecimal(of text: String) -> String {
    hexadecimal(of: Array(text.utf8))
  }

  /// The SHA-256 digest of bytes, in lower-case hexadecimal.
  public static func hexadecimal(of bytes: [UInt8]) -> String {
    let digest = MessageDigest()
    bytes.withUnsafeBytes { digest.update($0) }
    return digest.hexadecimal
  }

  /// HMAC-SHA256 (RFC 2104) of the UTF-8 bytes of a text.
  public static func authentication(of text: String, key: [UInt8]) -> [UInt8] {
    var code = [UInt8](repeating: 0, count: 32)
    let text = Array(text.utf8)
    check(
      HMAC(EVP_sha256(), key, Int32(key.count), text, text.count, &code, nil) == nil ? 0 : 1)
    return code
  }

  /// The digest and size of a file.
  ///
  /// - Throws: `Errno`.
  public static func snapshot(
    ofFile path: FilePath, _ algorithm: Algorithm = .sha256
  ) throws -> (snapshot: Snapshot, sizeInBytes: UInt64) {
    let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
    defer { try? file.close() }
    return try snapshot(ofRest: file, algorithm)
  }

  /// The digest and size of the rest of an open file, from its current offset to its end.
  ///
  /// - Throws: `Errno`.
  public static func snapshot(
    ofRest file: FileDescriptor, _ algorithm: Algorithm = .sha256
  ) throws -> (snapshot: Snapshot, sizeInBytes: UInt64) {
    posix_fadvise(file.rawValue, 0, 0, POSIX_FADV_SEQUENTIAL)
    let digest = MessageDigest(algorithm)
    var sizeInBytes: UInt64 = 0
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    while case let count = try file.read(into: buffer), count > 0 {
      digest.update(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
      sizeInBytes += UInt64(count)
    }
    return (digest.snapshot, sizeInBytes)
  }

  /// The state of a digest, to which more bytes can still be added. An OpenPGP signature needs
  /// this: it signs the bytes of the file followed by a few bytes of the signature packet.
  public final class Snapshot: Sendable, Equatable {
    /// The digest in lower-case hexadecimal.
    public let hexadecimal: String
    /// Safe to share, because it is never modified after `init`.
    private nonisolated(unsafe) let context: OpaquePointer

    init(of running: OpaquePointer) {
      context = EVP_MD_CTX_new()
      MessageDigest.check(EVP_MD_CTX_copy_ex(context, running))
      hexadecimal = hexadecimalText(Self.digest(context, followedBy: []))
    }

    deinit {
      EVP_MD_CTX_free(context)
    }

    /// The binary digest of the data followed by `bytes`. It does not change the snapshot.
    public func digest(followedBy bytes: [UInt8]) -> [UInt8] {
      Self.digest(context, followedBy: bytes)
    }

    private static func digest(_ context: OpaquePointer, followedBy bytes: [UInt8]) -> [UInt8] {
      let copy = EVP_MD_CTX_new()
      defer { EVP_MD_CTX_free(copy) }
      MessageDigest.check(EVP_MD_CTX_copy_ex(copy, context))
      MessageDigest.check(EVP_DigestUpdate(copy, bytes, bytes.count))
      var digest = [UInt8](repeating: 0, count: Int(EVP_MAX_MD_SIZE))
      var count: UInt32 = 0
      MessageDigest.check(EVP_DigestFinal_ex(copy, &digest, &count))
      return Array(digest.prefix(Int(count)))
    }

    /// Whether the digests are equal.
    public static func == (one: Snapshot, other: Snapshot) -> Bool {
      one.hexadecimal == other.hexadecimal
    }
  }
}

private let hexadecimalDigits = Array("0123456789abcdef".utf8)

/// The bytes in lower-case hexadecimal, two digits for each byte.
public func hexadecimalText(_ bytes: [UInt8]) -> String {
  String(
    decoding: bytes.flatMap {
      [hexadecimalDigits[Int($0 >> 4)], hexadecimalDigits[Int($0 & 15)]]
    }, as: UTF8.self)
}

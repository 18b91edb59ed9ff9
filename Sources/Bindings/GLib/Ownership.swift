import CGLib

/// Owns one reference to a GObject.
final class GObjectReference {
  let pointer: OpaquePointer

  /// Takes ownership of a reference that the caller holds.
  init(taking pointer: OpaquePointer) {
    self.pointer = pointer
  }

  deinit {
    g_object_unref(UnsafeMutableRawPointer(pointer))
  }
}

/// Owns one reference to a GVariant.
final class VariantReference {
  let pointer: OpaquePointer

  init(taking pointer: OpaquePointer) {
    self.pointer = pointer
  }

  /// Reads bytes that need not be trusted. Parts that are not of the type have default values.
  convenience init(_ bytes: [UInt8], type: String) {
    let content = bytes.withUnsafeBytes { g_bytes_new($0.baseAddress, gsize($0.count)) }
    defer { g_bytes_unref(content) }
    self.init(content: content, type: type)
  }

  /// Reads a GBytes in the same way. It stays that of the caller.
  convenience init(content: OpaquePointer?, type text: String) {
    let type = g_variant_type_new(text)
    defer { g_variant_type_free(type) }
    self.init(taking: g_variant_ref_sink(g_variant_new_from_bytes(type, content, 0)))
  }

  deinit {
    g_variant_unref(pointer)
  }

  /// The string of a variant of type `s`; nil for other types.
  var string: String? {
    guard g_variant_classify(pointer) == G_VARIANT_CLASS_STRING else { return nil }
    return String(cString: g_variant_get_string(pointer, nil))
  }

  /// The bytes of a variant of type `ay`; nil for other types.
  var bytes: [UInt8]? {
    guard String(cString: g_variant_get_type_string(pointer)) == "ay" else { return nil }
    var count: gsize = 0
    let data = g_variant_get_fixed_array(pointer, &count, 1)
    return Array(UnsafeRawBufferPointer(start: data, count: Int(count)))
  }

  /// The number of a variant of type `t`, which was written in big-endian order; nil for other types.
  var bigEndianNumber: UInt64? {
    guard g_variant_classify(pointer) == G_VARIANT_CLASS_UINT64 else { return nil }
    return UInt64(bigEndian: UInt64(g_variant_get_uint64(pointer)))
  }

  /// The strings of a variant of type `as`; nil for other types.
  var strings: [String]? {
    guard g_variant_classify(pointer) == G_VARIANT_CLASS_ARRAY else { return nil }
    let strings = (0..<count).compactMap { child($0).string }
    return strings.count == count ? strings : nil
  }

  /// The value of `key` in a dictionary of type `a{sv}`.
  func lookup(_ key: String) -> VariantReference? {
    g_variant_lookup_value(pointer, key, nil).map(VariantReference.init(taking:))
  }

  /// The number of children of a tuple or array.
  var count: Int { Int(g_variant_n_children(pointer)) }

  /// The child at `index` of a tuple or array.
  func child(_ index: Int) -> VariantReference {
    VariantReference(taking: g_variant_get_child_value(pointer, gsize(index)))
  }
}

/// Connects a callback to a signal of an object, for as long as the object lives.
///
/// - Parameter callback: a C function with the parameters of the signal, and the context as the last.
func connectSignal(
  _ signal: String, of object: OpaquePointer, _ callback: @escaping GCallback,
  _ context: AnyObject
) {
  // 0 is G_CONNECT_DEFAULT, which a compiler that reads several C libraries may not find.
  g_signal_connect_data(
    UnsafeMutableRawPointer(object), signal, callback,
    Unmanaged.passUnretained(context).toOpaque(), nil, GConnectFlags(rawValue: 0))
}

/// Copies a string that a C function allocated, and frees it.
func takeString(_ pointer: UnsafeMutablePointer<CChar>?) -> String? {
  guard let pointer else { return nil }
  defer { g_free(pointer) }
  return String(cString: pointer)
}

/// Calls `body` with a GFile for `path`.
func withGFile<Result, Failure>(
  _ path: String, _ body: (OpaquePointer) throws(Failure) -> Result
) throws(Failure) -> Result {
  let file = g_file_new_for_path(path)!
  defer { g_object_unref(UnsafeMutableRawPointer(file)) }
  return try body(file)
}

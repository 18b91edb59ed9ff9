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

  deinit {
    g_variant_unref(pointer)
  }

  /// The string of a variant of type `s`; nil for other types.
  var string: String? {
    guard g_variant_classify(pointer) == G_VARIANT_CLASS_STRING else { return nil }
    return String(cString: g_variant_get_string(pointer, nil))
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

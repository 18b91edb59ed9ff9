import CGLib

/// Builds the `a{sv}` dictionaries of options that functions of libostree take.
struct OptionsDictionary {
  private let dictionary: UnsafeMutablePointer<GVariantDict> = g_variant_dict_new(nil)

  func set(_ key: String, to value: String) {
    g_variant_dict_insert_value(dictionary, key, g_variant_new_string(value))
  }

  func set(_ key: String, to value: Bool) {
    g_variant_dict_insert_value(dictionary, key, g_variant_new_boolean(value ? 1 : 0))
  }

  func set(_ key: String, to value: Int32) {
    g_variant_dict_insert_value(dictionary, key, g_variant_new_int32(value))
  }

  func set(_ key: String, to values: [String]) {
    withCStringArray(values) { pointers in
      g_variant_dict_insert_value(
        dictionary, key, g_variant_new_strv(pointers, gssize(values.count)))
    }
  }

  /// Sets an array of pairs, of the type `a(ss)`.
  func set(_ key: String, to pairs: [(name: String, value: String)]) {
    let tuples = pairs.map { pair -> OpaquePointer? in
      var items = [g_variant_new_string(pair.name), g_variant_new_string(pair.value)]
      return g_variant_new_tuple(&items, gsize(items.count))
    }
    let type = g_variant_type_new("(ss)")
    defer { g_variant_type_free(type) }
    var items = tuples
    g_variant_dict_insert_value(
      dictionary, key, g_variant_new_array(type, &items, gsize(items.count)))
  }

  /// Returns the finished dictionary. The builder must not be used afterwards.
  func finish() -> VariantReference {
    let variant = g_variant_ref_sink(g_variant_dict_end(dictionary))!
    g_variant_dict_unref(dictionary)
    return VariantReference(taking: variant)
  }
}

/// Calls `body` with a null-terminated array of C strings.
func withCStringArray<Result, Failure>(
  _ strings: [String],
  _ body: (UnsafePointer<UnsafePointer<CChar>?>) throws(Failure) -> Result
) throws(Failure) -> Result {
  let copies = strings.map { g_strdup($0) }
  defer { copies.forEach { g_free($0) } }
  let pointers = copies.map { $0.map { UnsafePointer($0) } } + [nil]
  let buffer = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: pointers.count)
  buffer.initialize(from: pointers, count: pointers.count)
  defer { buffer.deallocate() }
  return try body(buffer)
}

import CGLib

/// A file of groups with keys and values, as GLib-based programs write them.
public final class KeyFile {
  private let pointer: OpaquePointer

  /// Reads the text of a file; nil if it is not such a file.
  public init?(text: String) {
    pointer = g_key_file_new()
    guard
      g_key_file_load_from_data(pointer, text, gsize(text.utf8.count), G_KEY_FILE_NONE, nil) != 0
    else { return nil }
  }

  deinit {
    g_key_file_unref(pointer)
  }

  /// The value of a key; nil if it is not there.
  public func string(_ group: String, _ key: String) -> String? {
    takeString(g_key_file_get_string(pointer, group, key, nil))
  }

  /// Whether a key is there and true.
  public func isTrue(_ group: String, _ key: String) -> Bool {
    g_key_file_get_boolean(pointer, group, key, nil) != 0
  }
}

/// Returns a text as it stands in HTML and XML, also in attributes with double quotes.
package func markupEscaped(_ text: String) -> String {
  [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;")].reduce(text) {
    $0.replacing($1.0, with: $1.1)
  }
}

/// The kind of partition table, under the name that sfdisk has for it.
package enum PartitionTableKind: String, Sendable, CaseIterable {
  case gpt, dos
}

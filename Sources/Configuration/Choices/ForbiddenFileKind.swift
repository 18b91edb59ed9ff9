/// A kind of file that image:forbid keeps out of images.
package enum ForbiddenFileKind: String, Sendable, CaseIterable {
  case devices, setuid
}

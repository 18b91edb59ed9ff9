#define _GNU_SOURCE
#include "CLinux.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/sendfile.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

int linux_mount_set_read_only(const char *path, bool read_only, bool recursive) {
  struct mount_attr attributes = {0};
  if (read_only)
    attributes.attr_set = MOUNT_ATTR_RDONLY;
  else
    attributes.attr_clr = MOUNT_ATTR_RDONLY;
  return (int)syscall(SYS_mount_setattr, AT_FDCWD, path, recursive ? AT_RECURSIVE : 0,
                      &attributes, sizeof attributes);
}

int linux_set_attribute(const char *path, const char *name, const void *value, size_t size) {
  return lsetxattr(path, name, value, size, 0);
}

int linux_open_in_root(int root, const char *path) {
  struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
  return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

int linux_pipe(int descriptors[2]) { return pipe2(descriptors, O_CLOEXEC); }

ssize_t linux_copy_range(int source, int target, size_t count) {
  return sendfile(target, source, NULL, count);
}

#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
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

off_t linux_next_data(int file, off_t offset) {
  off_t found = lseek(file, offset, SEEK_DATA);
  return found == -1 && errno == ENXIO ? INT64_MAX : found;
}

int linux_clamp_modification_times(const char *path, time_t latest) {
  char *const roots[] = {(char *)path, NULL};
  FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
  if (tree == NULL) return -1;
  struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = latest}};
  int error = 0;
  FTSENT *entry;
  while (error == 0 && (entry = fts_read(tree)) != NULL) {
    if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS)
      error = entry->fts_errno;
    else if (entry->fts_info != FTS_D && entry->fts_statp->st_mtime > latest &&
             utimensat(AT_FDCWD, entry->fts_path, times, AT_SYMLINK_NOFOLLOW) != 0)
      error = errno;
  }
  fts_close(tree);
  errno = error;
  return error == 0 ? 0 : -1;
}

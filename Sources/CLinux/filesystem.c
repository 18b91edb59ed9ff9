#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <sys/ioctl.h>
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

ssize_t linux_list_attributes(const char *path, char *names, size_t size) {
  return llistxattr(path, names, size);
}

ssize_t linux_get_attribute(const char *path, const char *name, void *value, size_t size) {
  return lgetxattr(path, name, value, size);
}

int linux_next_data(int file, off_t from, off_t *start, off_t *end) {
  *start = lseek(file, from, SEEK_DATA);
  if (*start == -1) return errno == ENXIO ? 0 : -1;
  *end = lseek(file, *start, SEEK_HOLE);
  return *end == -1 ? -1 : 1;
}

int linux_open_in_root(int root, const char *path) {
  struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT};
  for (int attempt = 0;; attempt++) {
    int file = (int)syscall(SYS_openat2, root, path, &how, sizeof how);
    // Any rename or mount on this host, while a ".." is resolved, makes the kernel give up.
    if (file >= 0 || errno != EAGAIN || attempt == 10000) return file;
    sched_yield();
  }
}

int linux_pipe(int descriptors[2]) { return pipe2(descriptors, O_CLOEXEC); }

ssize_t linux_copy_range(int source, int target, size_t count) {
  return sendfile(target, source, NULL, count);
}

int linux_clamp_modification_times(const char *path, time_t first, time_t latest) {
  char *const roots[] = {(char *)path, NULL};
  FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
  if (tree == NULL) return -1;
  struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = latest}};
  int error = 0;
  FTSENT *entry;
  while (error == 0 && (entry = fts_read(tree)) != NULL) {
    if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS)
      error = entry->fts_errno;
    else if (entry->fts_info != FTS_D && entry->fts_statp->st_mtime > first &&
             utimensat(AT_FDCWD, entry->fts_path, times, AT_SYMLINK_NOFOLLOW) != 0)
      error = errno;
  }
  fts_close(tree);
  errno = error;
  return error == 0 ? 0 : -1;
}

int linux_visit_files(const char *path, void *context,
                      void (*visit)(void *context, const char *path, size_t name_length, int level,
                                    const struct stat *status)) {
  char *const roots[] = {(char *)path, NULL};
  FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR | FTS_XDEV, NULL);
  if (tree == NULL) return -1;
  int error = 0;
  FTSENT *entry;
  while (error == 0 && (errno = 0, entry = fts_read(tree)) != NULL) {
    if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS)
      error = entry->fts_errno;
    else if (entry->fts_info != FTS_DP)
      visit(context, entry->fts_path, entry->fts_namelen, entry->fts_level, entry->fts_statp);
  }
  if (error == 0) error = errno;
  fts_close(tree);
  errno = error;
  return error == 0 ? 0 : -1;
}

int linux_spread_directories(const char *path) {
  int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return -1;
  int flags = 0;
  int result = ioctl(directory, FS_IOC_GETFLAGS, &flags);
  flags |= FS_TOPDIR_FL;
  if (result == 0) result = ioctl(directory, FS_IOC_SETFLAGS, &flags);
  int error = errno;
  close(directory);
  errno = error;
  return result;
}

int linux_loop_file(const char *path, uint64_t *device, uint64_t *inode) {
  int loop = open(path, O_RDONLY | O_CLOEXEC);
  if (loop == -1) return -1;
  struct loop_info64 info;
  int result = ioctl(loop, LOOP_GET_STATUS64, &info);
  close(loop);
  if (result == -1) return -1;
  *device = info.lo_device;
  *inode = info.lo_inode;
  return 0;
}

int linux_loop_detach(const char *path) {
  int loop = open(path, O_RDONLY | O_CLOEXEC);
  if (loop == -1) return -1;
  int result = ioctl(loop, LOOP_CLR_FD);
  int error_number = errno;
  close(loop);
  errno = error_number;
  return result;
}

#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

// Linux calls that Swift cannot make itself: variadic ones, ones that glibc 2.36 does not
// declare, and the one that must run between fork and exec.

/// The step of linux_spawn_in_namespaces that failed, with its errno.
struct linux_spawn_failure {
  int error_number;
  const char *step;
};

/// Starts `path` as the only child of a small init process in new mount and PID namespaces.
///
/// The init process reaps orphans, hands signals from outside on to the program and ends with
/// its status (128 + N for signal N); it is killed with everything below it when the calling
/// thread ends. Mounts are recursively private and /proc is that of the new namespace.
/// Returns the process ID of the init process, or -1 with `failure` set.
pid_t linux_spawn_in_namespaces(const char *path, char *const arguments[],
                                char *const environment[], struct linux_spawn_failure *failure);

/// mount_setattr(2) on the whole tree of mounts below `path`, or on that mount alone.
int linux_mount_set_read_only(const char *path, bool read_only, bool recursive);

/// lsetxattr(2), which Swift's Glibc module lacks.
int linux_set_attribute(const char *path, const char *name, const void *value, size_t size);

/// llistxattr(2).
ssize_t linux_list_attributes(const char *path, char *names, size_t size);

/// lgetxattr(2).
ssize_t linux_get_attribute(const char *path, const char *name, void *value, size_t size);

/// Calls `visit` for all that is below `path`, and for itself at level 0, a directory before what it
/// holds; other filesystems are not entered. 0 or -1 with errno.
int linux_visit_files(const char *path, void *context,
                      void (*visit)(void *context, const char *path, size_t name_length, int level,
                                    const struct stat *status));

/// Finds the next bytes of a file, from `from` on, that are no hole. 1, or 0 when there are none, or
/// -1 with errno.
int linux_next_data(int file, off_t from, off_t *start, off_t *end);

/// Opens `path` with O_PATH, resolved as if `root` were the root directory; -1 with errno.
int linux_open_in_root(int root, const char *path);

/// A pipe whose ends programs that are started do not inherit; 0 or -1 with errno.
int linux_pipe(int descriptors[2]);

/// sendfile(2) from and to the descriptors' own offsets.
ssize_t linux_copy_range(int source, int target, size_t count);

/// Sets the modification times of all files below `path`, and its own, that are later than `latest`
/// to that time in seconds since the epoch; 0 or -1 with errno.
int linux_clamp_modification_times(const char *path, time_t latest);

/// Makes this process the parent of what its descendants leave behind (prctl(2),
/// PR_SET_CHILD_SUBREAPER); 0 or -1 with errno.
int linux_adopt_orphans(void);

/// Whether it is.
bool linux_adopts_orphans(void);

/// The bytes that all TCP connections of this process have received (tcp(7), TCP_INFO). With
/// `shut_down` their users are told that the other side has ended them.
uint64_t linux_visit_connections(bool shut_down);

/// Has ext2, ext3 and ext4 put each new directory in `path` at a place of its own, by its name, with
/// what it will hold (chattr +T). 0 or -1 with errno, as on other filesystems.
int linux_spread_directories(const char *path);

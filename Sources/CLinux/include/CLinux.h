#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>

// Linux functions that Swift cannot call itself: functions that are variadic, that glibc 2.36 does
// not declare or that Swift's Glibc module lacks, and the code that runs between clone and exec.

/// The step of linux_spawn_in_namespaces that failed, and its errno.
struct linux_spawn_failure {
  int error_number;
  const char *step;
};

/// Starts `path` as the only child of a small init process in new mount and PID namespaces.
///
/// The init process reaps orphaned processes, forwards signals from outside to the program, and
/// exits with the status of the program (128 + N after signal N). The kernel kills it, and with it
/// all processes in the namespaces, when the calling thread ends. All mounts are private, and /proc
/// belongs to the new PID namespace. Returns the process ID of the init process, or -1 with
/// `failure` set.
pid_t linux_spawn_in_namespaces(const char *path, char *const arguments[],
                                char *const environment[], struct linux_spawn_failure *failure);

/// Calls mount_setattr(2) for the mount at `path`; if `recursive`, also for all mounts below it.
int linux_mount_set_read_only(const char *path, bool read_only, bool recursive);

/// lsetxattr(2).
int linux_set_attribute(const char *path, const char *name, const void *value, size_t size);

/// llistxattr(2).
ssize_t linux_list_attributes(const char *path, char *names, size_t size);

/// lgetxattr(2).
ssize_t linux_get_attribute(const char *path, const char *name, void *value, size_t size);

/// Calls `visit` for `path`, at level 0, and for everything below it. A directory is visited before
/// its content. Other filesystems are not entered. Returns 0, or -1 with errno set.
int linux_visit_files(const char *path, void *context,
                      void (*visit)(void *context, const char *path, size_t name_length, int level,
                                    const struct stat *status));

/// Finds the next range of a file, starting at `from`, that is not a hole. Returns 1 if there is
/// one, 0 if there is none, or -1 with errno set.
int linux_next_data(int file, off_t from, off_t *start, off_t *end);

/// Opens `path` with O_PATH, with `root` as the root directory. Returns -1 with errno set on
/// failure.
int linux_open_in_root(int root, const char *path);

/// Creates a pipe with close-on-exec descriptors. Returns 0, or -1 with errno set.
int linux_pipe(int descriptors[2]);

/// sendfile(2), from and to the current offsets of the descriptors.
ssize_t linux_copy_range(int source, int target, size_t count);

/// Sets the modification times of `path` and of everything below it that are later than `first`
/// (seconds since the epoch) to `latest`. Other filesystems are not entered, and symbolic links are
/// not followed. Returns 0, or -1 with errno set.
int linux_clamp_modification_times(const char *path, time_t first, time_t latest);

/// Makes this process the parent of orphaned descendants (prctl(2), PR_SET_CHILD_SUBREAPER).
/// Returns 0, or -1 with errno set.
int linux_adopt_orphans(void);

/// Whether linux_adopt_orphans is in effect for this process.
bool linux_adopts_orphans(void);

/// Returns the number of bytes that all TCP connections of this process have received (tcp(7),
/// TCP_INFO). If `shut_down`, the connections are also shut down, and their readers see the end of
/// the stream.
uint64_t linux_visit_connections(bool shut_down);

/// Makes ext2, ext3 and ext4 spread new directories in `path`: each is placed, with its content, in
/// a block group selected by its name (chattr +T). Returns 0, or -1 with errno set, for example on
/// other filesystems.
int linux_spread_directories(const char *path);

/// Returns the device and the inode of the file that the loop device at `path` is bound to. Returns
/// 0, or -1 with errno set, for example ENXIO if it is not bound.
int linux_loop_file(const char *path, uint64_t *device, uint64_t *inode);

/// Unbinds the loop device at `path` from its file, now or after its last use. Returns 0, or -1 with
/// errno set.
int linux_loop_detach(const char *path);

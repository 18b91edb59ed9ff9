#define _GNU_SOURCE
#include "CLinux.h"

#include <dirent.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>

int linux_adopt_orphans(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1); }

bool linux_adopts_orphans(void) {
  int value = 0;
  return prctl(PR_GET_CHILD_SUBREAPER, &value) == 0 && value != 0;
}

uint64_t linux_visit_connections(bool shut_down) {
  DIR *descriptors = opendir("/proc/self/fd");
  if (descriptors == NULL) return 0;
  uint64_t received = 0;
  struct dirent *entry;
  while ((entry = readdir(descriptors)) != NULL) {
    int descriptor = atoi(entry->d_name);
    struct tcp_info information = {0};
    socklen_t size = sizeof information;
    // Fails if the descriptor is not a TCP socket.
    if (getsockopt(descriptor, IPPROTO_TCP, TCP_INFO, &information, &size) != 0) continue;
    received += information.tcpi_bytes_received;
    if (shut_down) shutdown(descriptor, SHUT_RDWR);
  }
  closedir(descriptors);
  return received;
}

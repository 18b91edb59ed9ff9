#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

// A message from the new processes to the caller: the step that failed. If all steps succeed, the
// pipe is closed without a message.
struct report {
  int error_number;
  int step;
};

static const char *const step_names[] = {
    "die with the parent process", "make mounts private", "mount /proc", "fork", "execute",
};
enum { STEP_DEATH_SIGNAL, STEP_PRIVATE, STEP_PROC, STEP_FORK, STEP_EXECUTE };

static void fail(int pipe_descriptor, int step) {
  struct report report = {errno, step};
  ssize_t written = write(pipe_descriptor, &report, sizeof report);
  _exit(written == sizeof report ? 126 : 125);
}

// Runs PID 1 of the namespace. Signals that the kernel sends (for example ^C on a terminal) reach
// the program directly, so only signals from kill(2) are forwarded. When PID 1 exits, the kernel
// kills the remaining processes of the namespace.
static void run_init(pid_t program, const sigset_t *signals) {
  for (;;) {
    siginfo_t information;
    if (sigwaitinfo(signals, &information) < 0)
      continue;
    if (information.si_signo != SIGCHLD) {
      if (information.si_code <= 0)
        kill(program, information.si_signo);
      continue;
    }
    int status;
    for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;)
      if (ended == program)
        _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
  }
}

static void run_child(const char *path, char *const arguments[], char *const environment[],
                      const sigset_t *all, const sigset_t *old, int go, int report) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
    fail(report, STEP_DEATH_SIGNAL);
  char byte;
  if (read(go, &byte, 1) != 1)
    _exit(127); // the parent ended before the death signal was set
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
    fail(report, STEP_PRIVATE);
  if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) != 0)
    fail(report, STEP_PROC);
  pid_t program = fork();
  if (program < 0)
    fail(report, STEP_FORK);
  if (program == 0) {
    sigprocmask(SIG_SETMASK, old, NULL);
    execve(path, arguments, environment);
    fail(report, STEP_EXECUTE);
  }
  close(report);
  run_init(program, all);
}

pid_t linux_spawn_in_namespaces(const char *path, char *const arguments[],
                                char *const environment[], struct linux_spawn_failure *failure) {
  int go[2], report[2];
  *failure = (struct linux_spawn_failure){0, "make a pipe"};
  if (pipe2(go, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0) {
    failure->error_number = errno;
    return -1;
  }
  sigset_t all, old;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, &old);
  // With clone, unlike unshare and fork, the caller stays in its own namespaces.
  pid_t child = (pid_t)syscall(SYS_clone, CLONE_NEWNS | CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, 0);
  if (child == 0) {
    close(go[1]);
    close(report[0]);
    run_child(path, arguments, environment, &all, &old, go[0], report[1]);
  }
  int clone_error = errno;
  sigprocmask(SIG_SETMASK, &old, NULL);
  close(go[0]);
  close(report[1]);
  struct report received = {0, 0};
  if (child < 0) {
    *failure = (struct linux_spawn_failure){clone_error, "create namespaces"};
  } else {
    ssize_t written = write(go[1], "x", 1);
    ssize_t got = read(report[0], &received, sizeof received);
    if (written == 1 && got == sizeof received)
      *failure =
          (struct linux_spawn_failure){received.error_number, step_names[received.step]};
    else
      failure->step = NULL;
    if (failure->step != NULL)
      waitpid(child, NULL, 0);
  }
  close(go[1]);
  close(report[0]);
  return failure->step == NULL ? child : -1;
}

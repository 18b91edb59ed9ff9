"""Processes, mounts and loop devices below a directory, for Python hooks. They import from eib."""

import glob
import logging
import os
import re
import signal
import subprocess
import time

logger = logging.getLogger('eib')


def _is_below(path, root):
    return path == root or path.startswith(f'{root}/')


def signal_root_processes(root, sig):
    """Sends a signal to all processes whose root directory is root or below it.

    Returns their IDs, as strings.
    """
    signalled = []
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            if not _is_below(os.readlink(f'/proc/{pid}/root'), root):
                continue
            logger.info('Sending signal %s to process %s', sig, pid)
            os.kill(int(pid), sig)
            signalled.append(pid)
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            pass  # The process has ended, or cannot be looked at and is not of this build.
    return signalled


def kill_root_processes(root):
    """Ends all processes whose root directory is root or below it: by SIGTERM, then by SIGKILL."""
    for sig in (signal.SIGTERM, signal.SIGKILL):
        if signal_root_processes(root, sig):
            time.sleep(1)


def loop_has_partitions(loop):
    """Returns whether a loop device, such as loop0, has partitions."""
    return any(re.fullmatch(re.escape(loop) + r'p\d+', os.path.basename(path))
               for path in glob.glob(f'/sys/block/{loop}/{loop}p*'))


def udevadm_settle():
    """Waits until udev has processed all events, where it runs."""
    if not os.path.exists('/run/udev/control'):
        logger.error('/run/udev/control does not exist: not waiting for device events')
        return
    # A build may run in a chroot, in which udevadm does nothing by default.
    subprocess.check_call(['udevadm', 'settle'],
                          env={**os.environ, 'SYSTEMD_IGNORE_CHROOT': '1'})


def delete_root_loops(root):
    """Deletes all loop devices whose backing file is below root, and their partitions."""
    for path in glob.glob('/sys/block/loop[0-9]*/loop/backing_file'):
        loop = path.split('/')[3]
        try:
            with open(path, encoding='utf-8', errors='surrogateescape') as file:
                backing = file.read().rstrip('\n').removesuffix(' (deleted)')
        except FileNotFoundError:
            continue
        if not backing.startswith(f'{root}/'):
            continue
        if loop_has_partitions(loop):
            subprocess.check_call(['partx', '-d', f'/dev/{loop}'])
            udevadm_settle()
        logger.info('Deleting the loop device /dev/%s', loop)
        subprocess.check_call(['losetup', '-d', f'/dev/{loop}'])


def unmount_root_filesystems(root):
    """Unmounts everything that is mounted on root or below it, and deletes loop devices there."""
    while mounts := [path for path in _mount_points() if _is_below(path, root)]:
        # The newest mount first, because several can be on one directory.
        delete_root_loops(mounts[-1])
        logger.info('Unmounting %s', mounts[-1])
        subprocess.check_call(['umount', mounts[-1]])


def _mount_points():
    with open('/proc/self/mountinfo', encoding='utf-8', errors='surrogateescape') as file:
        paths = [line.split(' ')[4] for line in file]
    # The kernel writes blanks, backslashes and line ends as octal numbers.
    return [re.sub(r'\\(\d{3})', lambda match: chr(int(match[1], 8)), path) for path in paths]


def cleanup_root(root):
    """Ends the processes of root and removes its mounts, so that it can be deleted.

    The loop devices for files on these mounts are deleted, too.
    """
    kill_root_processes(root)
    unmount_root_filesystems(root)

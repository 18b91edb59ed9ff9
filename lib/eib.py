"""Library for Python hooks, compatible with that of the Endless Image Builder."""

import errno
import fcntl
import glob
import json
import logging
import os
import shutil
import signal
import struct
import threading
import time

from eibconfig import ImageBuildError, ImageConfigParser, get_config
from eibroot import (
    cleanup_root, delete_root_loops, kill_root_processes, loop_has_partitions,
    signal_root_processes, udevadm_settle, unmount_root_filesystems)

__all__ = [
    'BUILDDIR', 'CACHEDIR', 'DEFAULT_SIGINT_HANDLER', 'ImageBuildError', 'ImageConfigParser',
    'LOCKFILE', 'LOCKTIMEOUT', 'SUPPORTED_ARCHES', 'SYSCONFDIR', 'add_cli_options', 'cleanup_root',
    'delete_root_loops', 'disk_usage', 'get_config', 'get_manifest', 'get_ostree_trusted_keys',
    'kill_root_processes', 'loop_has_partitions', 'mutable_path', 'recreate_dir', 'retry',
    'setup_logging', 'signal_root_processes', 'udevadm_settle', 'unmount_root_filesystems',
]

CACHEDIR = os.environ.get('EIB_CACHEDIR', '/var/cache/eos-image-builder')
SYSCONFDIR = os.environ.get('EIB_SYSCONFDIR', '/etc/eos-image-builder')
# The directory in which EIB makes its build root.
BUILDDIR = '/var/tmp/eos-image-builder'
# The lock that EIB holds while it builds, and how many seconds it waits for it.
LOCKFILE = '/var/lock/eos-image-builder.lock'
LOCKTIMEOUT = 60
SUPPORTED_ARCHES = ['i386', 'amd64', 'arm64']

logger = logging.getLogger(__name__)

# Python handles SIGINT between two of its own instructions only, which a hook that waits in a C
# library does not reach. So the signal ends the process, and a hook that wants otherwise restores
# this handler.
DEFAULT_SIGINT_HANDLER = signal.getsignal(signal.SIGINT)
if threading.current_thread() is threading.main_thread():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def get_manifest(path=None):
    """Returns the merged manifest, which exists from the check stage on."""
    if path is None:
        try:
            path = '{EIB_OUTDIR}/{EIB_OUTVERSION}.manifest.json'.format_map(os.environ)
        except KeyError as missing:
            raise ImageBuildError(f'{missing.args[0]} is not set, so no manifest can be read;',
                                  'run in a hook, or give a path') from None
    try:
        with open(path, encoding='utf-8') as file:
            return json.load(file)
    except FileNotFoundError:
        raise ImageBuildError(f'{path}: there is no such manifest;',
                              'the manifest stage writes it') from None


def setup_logging():
    """Sends log messages to standard error, debug messages only with EIB_DEBUG=1."""
    level = logging.DEBUG if os.environ.get('EIB_DEBUG') == '1' else logging.INFO
    logging.basicConfig(level=level, datefmt='%H:%M:%S',
                        format='+ %(asctime)s %(levelname)s %(name)s: %(message)s')


def retry(func, *args, max_retries=3, timeout=1, **kwargs):
    """Returns func(*args, **kwargs), retried up to max_retries times, timeout seconds apart."""
    setup_logging()
    for attempt in range(1, max_retries + 1):
        try:
            return func(*args, **kwargs)
        except Exception:
            logger.warning('Retrying attempt %d', attempt, exc_info=True)
            time.sleep(timeout)
    try:
        return func(*args, **kwargs)
    except Exception:
        logger.error('Failed %d retries; giving up', max_retries)
        raise


def recreate_dir(path):
    """Makes path an empty directory."""
    shutil.rmtree(path, ignore_errors=True)
    os.makedirs(path, exist_ok=True)


def disk_usage(path):
    """Returns the size of a directory and everything in it, in bytes."""
    total = os.lstat(path).st_size
    for folder, folders, files in os.walk(path):
        total += sum(os.lstat(os.path.join(folder, name)).st_size for name in folders + files)
    return total


def mutable_path(path):
    """Clears the immutable attribute of path, if the filesystem supports it."""
    # FS_IOC_GETFLAGS and FS_IOC_SETFLAGS hold the size of a C long.
    size = struct.calcsize('l') << 16
    get_flags, set_flags, immutable = 0x80006601 | size, 0x40006602 | size, 0x10
    descriptor = os.open(path, os.O_RDONLY)
    try:
        packed = fcntl.ioctl(descriptor, get_flags, struct.pack('l', 0))
        flags = struct.unpack('l', packed)[0]
        if flags & immutable:
            fcntl.ioctl(descriptor, set_flags, struct.pack('l', flags & ~immutable))
    except OSError as error:
        if error.errno not in (errno.ENOTTY, errno.ENOTSUP):
            raise
        logger.info('%s: the filesystem has no immutable bit', path)
    finally:
        os.close(descriptor)


def get_ostree_trusted_keys(config):
    """Returns the paths of data/keys/*.asc of the checkout and of the local directories.

    Commits are verified with these keys, unless ostree:trusted_keys names others.
    """
    build = config['build']
    data = [build[option] for option in ('datadir', 'localdatadir') if option in build]
    data += [os.path.join(path, 'data') for path in build.get('localdirs', '').split(':')[1:]]
    folders = [os.path.join(path, 'keys') for path in data]
    existing = [folder for folder in folders if os.path.isdir(folder)]
    if not existing:
        raise ImageBuildError('No gpg keys directories in', *folders)
    keys = sorted(path for folder in existing for path in glob.glob(os.path.join(folder, '*.asc')))
    if not keys:
        raise ImageBuildError('No gpg keys in', *existing)
    return keys


def add_cli_options(argparser):
    """Adds the options of EIB's command line, which image-builder has too, to an ArgumentParser."""
    add = argparser.add_argument
    add('-d', '--localdir', help='directory of a site, with config, hooks, lib and data')
    add('-p', '--product', default='eoscustom', help='product to build (default: %(default)s)')
    add('-a', '--arch', choices=SUPPORTED_ARCHES, help="architecture (default: the host's)")
    add('--platform', help='platform (default: the architecture)')
    add('-P', '--personality', default='base', help='personality (default: %(default)s)')
    add('-n', '--dry-run', action='store_true', help='build without publishing')
    add('--debug', action='store_true', help='log more')
    add('--use-production', action='store_true',
        help='the same as --use-production-ostree')
    add('--use-production-ostree', action='store_true',
        help='pull the tree from the production server')
    add('--lock-timeout', type=int, default=LOCKTIMEOUT,
        help='seconds to wait for another build (default: %(default)s)')
    add('branch', nargs='?', default='master', help='branch to build (default: %(default)s)')
    shown = argparser.add_mutually_exclusive_group()
    shown.add_argument('--show-config', action='store_true', help='print the configuration')
    shown.add_argument('--show-apps', action='store_true', help='print the apps of the image')
    add('--trim', metavar='BYTES', type=int, default=0,
        help='with --show-apps: say which apps to remove to save this many bytes')
    add('--group-by', metavar='GROUPING', choices=('nature', 'runtime'), default='runtime',
        help='with --show-apps: nature or runtime (default: %(default)s)')

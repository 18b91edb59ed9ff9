"""Library for Python hooks, compatible with that of the Endless Image Builder."""

import configparser
import errno
import fcntl
import json
import logging
import os
import shutil
import struct
import time

CACHEDIR = os.environ.get('EIB_CACHEDIR', '/var/cache/eos-image-builder')
SYSCONFDIR = os.environ.get('EIB_SYSCONFDIR', '/etc/eos-image-builder')
SUPPORTED_ARCHES = ['i386', 'amd64', 'arm64']

logger = logging.getLogger(__name__)


class ImageBuildError(Exception):
    """A failure in a build. The arguments are joined into one sentence."""

    def __str__(self):
        return ' '.join(map(str, self.args))


class ImageConfigParser(configparser.ConfigParser):
    """A ConfigParser that expands ${option} and ${section:option}."""

    def __init__(self, *args, **kwargs):
        kwargs['interpolation'] = configparser.ExtendedInterpolation()
        super().__init__(*args, **kwargs)


def get_config(path=None):
    """Returns the configuration of the build, or of another file, as an ImageConfigParser."""
    path = path or os.environ.get('EIB_TMPFULLCONFIG')
    if not path:
        raise ImageBuildError('EIB_TMPFULLCONFIG is not set, so no configuration can be read;',
                              'run in a hook, or give a path')
    config = ImageConfigParser()
    try:
        with open(path, encoding='utf-8') as file:
            config.read_file(file)
    except FileNotFoundError:
        raise ImageBuildError(f'{path}: there is no such configuration file') from None
    return config


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

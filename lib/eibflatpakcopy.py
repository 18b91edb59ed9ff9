"""Offline copies of Flatpak remotes, for eibflatpak.

The content stage makes one of each remote. It is a file:// remote of what was pulled, with the
summaries and signatures of the server, for hooks that have no network.
"""

import contextlib
import gzip
import hashlib
import os
import shutil
import socket
from pathlib import Path

import gi

import eibostree

gi.require_version('OSTree', '1.0')
from gi.repository import GLib, OSTree  # noqa: E402

# The file in a copy that has the text of the remote's repo_file.
REPO_FILE = 'remote.flatpakrepo'
INDEX_KIND = '(a{s(ayaaya{sv})}a{sv})'


def copies_directory():
    """Returns the directory of the copies of this variant's remotes; None outside of hooks."""
    content, temporary = os.environ.get('EIB_CONTENTDIR'), os.environ.get('EIB_TMPDIR')
    if not content or not temporary:
        return None
    return Path(content, 'flatpak/plans', Path(temporary).name, 'remotes').absolute()


def find_copy(name):
    """Returns the copy of a remote if there is one and no network, else None."""
    directory = copies_directory()
    if directory is None or not (directory / name).is_dir() or _has_network():
        return None
    return directory / name


def _has_network():
    """Returns whether there is a route to other machines. Nothing is sent."""
    for family, address in (socket.AF_INET, '192.0.2.1'), (socket.AF_INET6, '2001:db8::1'):
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((address, 9))
            return True
    return False


def write_copy(repo, name, repo_file_text, folder):
    """Makes a copy of a remote in a new directory.

    repo is the path of the repository of a Flatpak installation, in which Flatpak keeps the
    summaries of its remotes. The objects of the copy are a link to those of the repository.
    """
    for directory in ('refs/heads', 'tmp', 'summaries'):
        (folder / directory).mkdir(parents=True)
    (folder / 'config').write_text('[core]\nrepo_version=1\nmode=archive-z2\n')
    # Chroots may have the content directory at another place.
    (folder / 'objects').symlink_to(os.path.relpath(repo / 'objects', folder))
    if repo_file_text:
        (folder / REPO_FILE).write_text(repo_file_text, encoding='utf-8')
    kept = repo / 'tmp/cache/summaries'
    index = kept / f'{name}.idx'
    if index.exists():
        _write_indexed(index.read_bytes(), kept, name, folder)
    else:
        shutil.copy(kept / name, folder / 'summary')
        shutil.copy(kept / f'{name}.sig', folder / 'summary.sig')


def _write_indexed(index, kept, name, folder):
    (folder / 'summary.idx').write_bytes(index)
    shutil.copy(kept / f'{name}.idx.sig',
                folder / 'summaries' / f'{hashlib.sha256(index).hexdigest()}.idx.sig')
    variant = GLib.Variant.new_from_bytes(
        GLib.VariantType.new(INDEX_KIND), GLib.Bytes.new(index), False)
    for digest, *_ in variant.unpack()[0].values():
        digest = bytes(digest).hex()
        for summary in kept.glob(f'{name}-*-{digest}.sub'):
            (folder / 'summaries' / f'{digest}.gz').write_bytes(
                gzip.compress(summary.read_bytes(), mtime=0))


def copy_collection_id(copy):
    """Returns the collection ID that a copy's summary declares, or None."""
    for name, kind in ('summary.idx', INDEX_KIND), ('summary', OSTree.SUMMARY_GVARIANT_STRING):
        if (copy / name).exists():
            data = GLib.Bytes.new((copy / name).read_bytes())
            return eibostree.summary_collection_id(data, kind)
    return None

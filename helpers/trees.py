"""What the helpers that make the root directory of a system share."""

import errno
import hashlib
import os
import re
import shutil
import sys

SIZE_UNITS = {'': 1, 'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30, 'T': 1 << 40}


def size_in_bytes(text):
    """Reads a size such as 20G. Raises ValueError for another text."""
    match = re.fullmatch(r'([0-9]+)([KMGT]?)', text)
    if not match:
        raise ValueError(text)
    return int(match[1]) * SIZE_UNITS[match[2]]


def layers_record():
    """Returns the path of the file that says what the layers of the tree are."""
    name = hashlib.sha256(os.environ['EIB_OSTREE_REF'].encode()).hexdigest()[:16]
    return os.path.join(os.environ['EIB_TREE_DIR'], 'layers', f'{name}.json')


def enter(root):
    """Makes root the root directory, so that the links in it lead to nothing of the host."""
    os.chdir(root)
    # From now on, a module would be imported from the tree.
    sys.meta_path.clear()
    os.chroot('.')


def is_directory(path):
    return os.path.isdir(path) and not os.path.islink(path)


def move(source, target, conflict):
    """Moves a directory, also into one that exists already, and with it what an overlay filesystem
    has in a lower layer, where only files can be renamed.

    conflict is called with the paths of a file whose new name exists, before it replaces that.
    """
    if not os.path.lexists(target):
        os.makedirs(os.path.dirname(target) or '.', exist_ok=True)
        try:
            os.rename(source, target)
            return
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
        os.mkdir(target)
        status = os.lstat(source)
        os.chown(target, status.st_uid, status.st_gid)
        shutil.copystat(source, target)
    for name in sorted(os.listdir(source), key=os.fsencode):
        old, new = f'{source}/{name}', f'{target}/{name}'
        if os.path.lexists(new) and not (is_directory(old) and is_directory(new)):
            conflict(old, new)
            if is_directory(new):
                shutil.rmtree(new)
            else:
                os.remove(new)
        if is_directory(old):
            move(old, new, conflict)
        else:
            os.rename(old, new)
    os.rmdir(source)

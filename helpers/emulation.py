"""Runs programs of another architecture by QEMU, in a user namespace with a binfmt_misc of its own.

Linux has that from version 6.7 on. On older kernels, the host's registrations hold; they must have
the flag F, with which the kernel finds the emulator in every root directory.
"""

import ctypes
import errno
import os

CLONE_NEWNS, CLONE_NEWUSER = 0x00020000, 0x10000000
MS_REC, MS_PRIVATE = 16384, 1 << 18
BINFMT_MISC = '/proc/sys/fs/binfmt_misc'
# The machine's name (uname -m) and the number in ELF headers (e_machine) of each architecture.
MACHINES = {'arm64': ('aarch64', 183)}

libc = ctypes.CDLL(None, use_errno=True)


def check(step, result):
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f'cannot {step}: {os.strerror(number)}')


def name_of_emulator(arch):
    """The emulator that this machine needs for an architecture; None if it needs none."""
    machine = MACHINES.get(arch, (None,))[0]
    return machine and machine != os.uname().machine and f'qemu-{machine}-static'


def open_emulator(arch):
    """Opens the emulator for an architecture; None if none is needed or there is none."""
    name = name_of_emulator(arch)
    for directory in os.environ.get('PATH', os.defpath).split(':') if name else ():
        try:
            return os.open(os.path.join(directory, name), os.O_RDONLY)
        except OSError:
            pass
    return None


def register(arch, emulator):
    """Has this user namespace run programs of arch by an open file.

    Returns whether the kernel can do so. /proc must be mounted.
    """
    result = libc.mount(b'binfmt_misc', BINFMT_MISC.encode(), b'binfmt_misc', 0, None)
    if result == -1 and ctypes.get_errno() in (errno.EPERM, errno.ENODEV, errno.ENOENT):
        return False
    check(f'mount {BINFMT_MISC}', result)
    # A 64-bit little-endian ELF file of type EXEC or DYN, of any system.
    header = b'\x7fELF\x02\x01\x01' + bytes(9) + b'\x02\0' + bytes((MACHINES[arch][1], 0))
    mask = b'\xff' * 7 + b'\0' + b'\xff' * 8 + b'\xfe' + b'\xff' * 3
    magic, mask = (''.join(f'\\x{byte:02x}' for byte in field) for field in (header, mask))
    # F: opens the emulator now. O: hands it the program as an open file. C: as its owner.
    rule = f':{arch}:M::{magic}:{mask}:/proc/self/fd/{emulator}:OCF'
    with open(f'{BINFMT_MISC}/register', 'wb', buffering=0) as file:
        file.write(rule.encode())
    return True


def enter_user_namespace():
    """Moves this process into a user namespace with all users, and into a mount namespace of it."""
    unshared_read, unshared_write = os.pipe()
    process = os.getpid()
    # Only a process outside of the namespace can map all users.
    mapper = os.fork()
    if mapper == 0:
        os.close(unshared_write)
        if os.read(unshared_read, 1) == b'x':
            for kind in ('uid', 'gid'):
                with open(f'/proc/{process}/{kind}_map', 'w', encoding='ascii') as file:
                    file.write('0 0 4294967295')
        os._exit(0)
    os.close(unshared_read)
    check('make a user namespace', libc.unshare(CLONE_NEWUSER | CLONE_NEWNS))
    os.write(unshared_write, b'x')
    os.close(unshared_write)
    if os.waitpid(mapper, 0)[1] != 0:
        raise OSError(errno.EPERM, 'cannot map users into a user namespace')

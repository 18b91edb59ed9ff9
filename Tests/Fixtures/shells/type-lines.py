#!/usr/bin/env python3
"""Types lines into an interactive shell, each with a tab behind it, and prints the words that the
line has then, each as <WORD>.

usage: type-lines.py bash|zsh|fish COMPLETION-SCRIPT LINE...
"""

import os
import pty
import re
import select
import sys
import time

SHELLS = {
    'bash': ('bash --norc --noprofile -i', ''),
    'zsh': ('zsh -f -i', 'autoload -Uz compinit; compinit -D -u; '),
    'fish': ('fish --no-config -i', ''),
}
SECONDS = 60


def read(terminal, mark):
    """What the shell writes until it has written the mark."""
    text = ''
    end = time.monotonic() + SECONDS
    while mark not in text:
        if not select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            sys.exit(f'the shell wrote no {mark}: {text!r}')
        text += os.read(terminal, 65536).decode(errors='replace')
    return text


def main():
    name, script, *lines = sys.argv[1:]
    command, setup = SHELLS[name]
    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(command.split()[0], command.split(), os.environ | {'TERM': 'dumb'})

    # The marks are typed in two parts, so that they are not taken for what the shell writes.
    os.write(terminal, f"{setup}. '{script}'; echo '#'ready\n".encode())
    read(terminal, '#ready')
    for line in lines:
        # Control-A and Control-E go to the beginning and the end of the line.
        os.write(terminal, f"{line}\t\x01printf '<%s>' \x05; echo '#'end\r".encode())
        text = read(terminal, '#end')
        print(re.findall(r'(?:<[^<>\r\n]*>)+(?=#end)', text)[-1])


main()

#!/usr/bin/env python3
"""Signed Flatpak remotes for tests.

remote.py make DIRECTORY: makes first/repo, second/repo, example.flatpakrepo, whose URL is @URL@, and
keys/first.gpg, keys/second.gpg and keys/other.gpg. Nothing is signed by the last one.
remote.py publish DIRECTORY NAME BRANCH TIMESTAMP [OPTION...]: publishes a version of an app in
first/repo. --extra=URL=FILE gives it extra data, --program=FILE is what it runs; other options are
those of flatpak build-export.
remote.py many DIRECTORY COUNT: publishes COUNT small apps in first/repo, from org.example.App0 on.
"""

import base64
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

TIMESTAMP = '2024-01-01T00:00:00Z'
# The languages of extensions. The file of a language has a name of its own.
LANGUAGES = ['de/a', 'en/b', 'fr/c', 'pt/d']


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(f'{words}: {done.stdout}{done.stderr}')
    return done.stdout


ARCH = run('flatpak', '--default-arch').strip()
FOREIGN = 'aarch64' if ARCH == 'x86_64' else 'x86_64'


class Key:
    """A key in a GnuPG home directory, and its public half in a file of the same name."""

    def __init__(self, home):
        self.home = home
        self.file = home.with_suffix('.gpg')
        gpg = ['gpg', '--homedir', home, '--batch', '--quiet', '--passphrase', '']
        if not home.exists():
            home.mkdir(mode=0o700, parents=True)
            run(*gpg, '--quick-gen-key', 'remote@example.org', 'ed25519', 'sign', 'never')
            run(*gpg, '--export', '--output', self.file)
        listing = run(*gpg, '--list-keys', '--with-colons').splitlines()
        fingerprint = next(line.split(':')[9] for line in listing if line.startswith('fpr'))
        self.signing = [f'--gpg-sign={fingerprint}', f'--gpg-homedir={home}']

    @property
    def text(self):
        return base64.b64encode(self.file.read_bytes()).decode()

    def close(self):
        run('gpgconf', '--homedir', self.home, '--kill', 'all')


class TestRemote:
    """A repository with applications, runtimes and their locale extensions."""

    def __init__(self, repo, key, collection='org.example.Repo', title='Example'):
        self.repo, self.key, self.title = repo, key, title
        self.pool = ThreadPoolExecutor(4)
        self.exports = []
        if not repo.exists():
            repo.parent.mkdir(exist_ok=True)
            run('ostree', f'--repo={repo}', 'init', '--mode=archive',
                f'--collection-id={collection}')

    def fill(self):
        """Exports what the tests know."""
        self.export_runtime('Platform', '1')
        self.export_runtime('Engine', '2')
        for branch in 'beta', 'stable':
            self.export_app('Hello', branch)
        self.export_locale('Hello', 'stable', f'app/org.example.Hello/{ARCH}/stable')
        self.export_app('Extra', 'stable', '[Extra Data]\nname=x\nsize=1\n'
                        f'uri=http://127.0.0.1:1/x\nchecksum={"0" * 64}\n')
        self.export_app('Old', 'stable', '', '--end-of-life=too old')
        self.export_app('Moved', 'stable', '', '--end-of-life=renamed',
                        '--end-of-life-rebase=org.example.Hello')
        self.export_app('Chess', 'stable', runtime='Engine', version='2')
        self.export_app('Lonely', 'stable', runtime='Nothing')
        self.export_app('Foreign', 'stable', '', f'--arch={FOREIGN}')

    def export_runtime(self, name, branch):
        ref = f'org.example.{name}/{ARCH}/{branch}'
        self.export(name, branch, f'[Runtime]\nname=org.example.{name}\nruntime={ref}\nsdk={ref}\n'
                    + self.locale(name))
        self.export_locale(name, branch, f'runtime/{ref}')

    @staticmethod
    def locale(name):
        return (f'[Extension org.example.{name}.Locale]\ndirectory=share/runtime/locale\n'
                'autodelete=true\nlocale-subset=true\n')

    def export_app(self, name, branch, more='', *options, runtime='Platform', version='1',
                   size=50_000, program=None):
        # A runtime of another architecture is not offered.
        platform = f'org.example.{runtime}/{ARCH}/{version}'
        self.export(name, branch,
                    f'[Application]\nname=org.example.{name}\nruntime={platform}\nsdk={platform}\n'
                    f'command=hello\n{self.locale(name)}{more}', *options, size=size,
                    program=program)

    def export_locale(self, name, branch, extended):
        self.export(f'{name}.Locale', branch,
                    f'[Runtime]\nname=org.example.{name}.Locale\n\n[ExtensionOf]\nref={extended}\n',
                    files=LANGUAGES)

    def export(self, *arguments, **settings):
        self.exports.append(self.pool.submit(self._export, *arguments, **settings))

    def _export(self, name, branch, metadata, *options, files=('share/blob',), size=50_000,
                program=None):
        with tempfile.TemporaryDirectory(dir=self.repo.parent) as tree:
            # What a sandbox mounts, or mounts on.
            for folder in ('bin', 'etc', 'lib', 'share/runtime/locale'):
                if '[Extension ' in metadata:
                    Path(tree, 'files', folder).mkdir(parents=True)
            if program:
                shutil.copy(program, Path(tree, 'files/bin/hello'))
            for file in files:
                path = Path(tree, 'files', file)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(os.urandom(size))
            Path(tree, 'metadata').write_text(metadata)
            kind = ['--runtime', '--files=files'] if metadata.startswith('[Runtime]') else []
            if kind:
                Path(tree, 'usr').mkdir()
            else:
                self._describe(tree, name)
            if not any(option.startswith('--timestamp') for option in options):
                options = *options, f'--timestamp={TIMESTAMP}'
            run('flatpak', 'build-export', '--disable-sandbox', '--disable-fsync',
                '--no-update-summary', *kind, *options, *self.key.signing, self.repo, tree, branch)

    @staticmethod
    def _describe(tree, name):
        app = f'org.example.{name}'
        files = {
            Path(tree, f'export/share/applications/{app}.desktop'):
                f'[Desktop Entry]\nType=Application\nName={name}\nExec=hello\n'.encode(),
            Path(tree, f'files/share/app-info/xmls/{app}.xml.gz'): gzip.compress((
                '<?xml version="1.0"?>\n<components version="0.8" origin="flatpak">'
                f'<component type="desktop"><id>{app}</id><name>{name}</name>'
                f'<summary>Says {name}</summary><releases><release version="1.5" '
                'timestamp="1700000000"/></releases></component></components>\n').encode(), mtime=0)}
        for path, content in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def update(self):
        """Writes and signs the summaries when all exports are done."""
        while self.exports:
            self.exports.pop().result()
        run('flatpak', 'build-update-repo', f'--title={self.title}', '--default-branch=stable',
            *self.key.signing, self.repo)


def make(folder):
    keys = [Key(folder / f'keys/{name}') for name in ('first', 'second', 'other')]
    first = TestRemote(folder / 'first/repo', keys[0])
    first.fill()
    first.update()
    second = TestRemote(folder / 'second/repo', keys[1], 'org.example.Second', 'Second')
    for name in 'Hello', 'Book':
        second.export_app(name, 'stable')
    second.update()
    (folder / 'example.flatpakrepo').write_text(
        '[Flatpak Repo]\nTitle=Example\nUrl=@URL@/first/repo\nDefaultBranch=stable\n'
        f'GPGKey={keys[0].text}\n')
    for key in keys:
        key.close()


def publish(folder, name, branch, timestamp, *options):
    more, program, others = '', None, [f'--timestamp={timestamp}']
    for option in options:
        key, _, value = option.partition('=')
        if key == '--extra':
            url, file = value.rsplit('=', 1)
            content = Path(file).read_bytes()
            more = (f'[Extra Data]\nname=data\nsize={len(content)}\nuri={url}\n'
                    f'checksum={hashlib.sha256(content).hexdigest()}\n')
        elif key == '--program':
            program = value
        else:
            others.append(option)
    with change(folder) as remote:
        remote.export_app(name, branch, more, *others, program=program)


def many(folder, count):
    with change(folder) as remote:
        for number in range(int(count)):
            remote.export_app(f'App{number}', 'stable', size=100)


@contextmanager
def change(folder):
    """Yields the first remote, and updates its summaries afterwards."""
    remote = TestRemote(folder / 'first/repo', Key(folder / 'keys/first'))
    yield remote
    remote.update()
    remote.key.close()


if __name__ == '__main__':
    {'make': make, 'publish': publish, 'many': many}[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])

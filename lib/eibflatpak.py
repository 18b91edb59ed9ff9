"""Flatpak content, for Python hooks.

Needs the packages python3-gi, gir1.2-flatpak-1.0 and gir1.2-ostree-1.0. A hook makes a
FlatpakManager for a Flatpak.Installation, calls add_remotes() and enumerate_remotes(), and then
resolve(), pull() or install().
"""

import contextlib
import logging
import re
import shutil
from collections import OrderedDict
from pathlib import Path

import gi

import eib
import eibflatpakcopy
from eibflatpakremote import REMOTE_PREFIX, FlatpakError, FlatpakFullRef, FlatpakRemote, told

gi.require_version('Flatpak', '1.0')
gi.require_version('OSTree', '1.0')
from gi.repository import Flatpak, GLib, OSTree  # noqa: E402

__all__ = ['FlatpakError', 'FlatpakFullRef', 'FlatpakManager', 'FlatpakRemote']

# The languages of locale extensions where flatpak:locales is empty.
DEFAULT_LANGUAGES = ['en']

logger = logging.getLogger(__name__)


class FlatpakManager:
    """The Flatpaks that the configuration asks for, in an installation.

    installation is a Flatpak.Installation. is_cache_repo says that it is a cache for later builds,
    into which Flatpaks are only pulled.
    """

    def __init__(self, installation, config=None, is_cache_repo=False):
        self.installation = installation
        self.config = eib.get_config() if config is None else config
        self.is_cache_repo = is_cache_repo

        def flag(option, otherwise):
            return self.config.getboolean('flatpak', option, fallback=otherwise)

        self.arch = self.config.get('flatpak', 'arch', fallback='') or Flatpak.get_default_arch()
        self.locales = self.config.get('flatpak', 'locales', fallback='').split()
        self.set_extra_languages = flag('set_extra_languages', False)
        self.enable_p2p_updates = flag('enable_p2p_updates', False)
        # By name, in the order of the configuration.
        self.remotes = OrderedDict()
        for section in self.config.sections() if flag('enable', True) else []:
            if section.startswith(REMOTE_PREFIX):
                self._read_remote(section, section.removeprefix(REMOTE_PREFIX))

    def _read_remote(self, section, name):
        if not name:
            raise FlatpakError(f'The section {section} has no name of a remote after the prefix')
        if not self.config.getboolean(section, 'enable', fallback=True):
            logger.info('The Flatpak remote %s is disabled', name)
            return
        options = dict(self.config.items(section))
        options['prio'] = self.config.getint(section, 'prio', fallback=None)
        options['noenumerate'] = self.config.getboolean(section, 'noenumerate', fallback=None)
        self.remotes[name] = FlatpakRemote(self, name, **options)

    def get_repo(self):
        """Returns the OSTree repository of the installation, opened anew."""
        repo = OSTree.Repo.new(self.installation.get_path().get_child('repo'))
        repo.open(None)
        return repo

    def add_remotes(self):
        """Adds the enabled remotes to the installation."""
        for remote in self.remotes.values():
            remote.add()

    def enumerate_remotes(self):
        """Asks the enabled remotes for what they offer."""
        for remote in self.remotes.values():
            remote.enumerate()

    def deploy_remotes(self):
        """Gives the remotes the URLs and settings of the installed system."""
        for remote in self.remotes.values():
            remote.deploy()

    @contextlib.contextmanager
    def tmp_xa_config(self):
        """Sets what the installation needs to know while Flatpaks are resolved or installed.

        These are the languages, which otherwise would be those of the host, and the excluded names,
        so that extensions with them are left out. Both are removed afterwards.
        """
        excluded = sorted(set().union(*(remote.exclude for remote in self.remotes.values())))
        codes = [re.split('[_.@]', locale)[0] for locale in self.locales] or DEFAULT_LANGUAGES
        keeps_languages = self.set_extra_languages and not self.is_cache_repo
        try:
            self._configure({'languages': dict.fromkeys(codes), 'masked': excluded})
            yield
        finally:
            self._configure({'languages': [], 'masked': [],
                             'extra-languages': self.locales if keeps_languages else []})

    def _configure(self, settings):
        # Flatpak.Installation.set_config_sync removes nothing when Python calls it.
        repo = self.get_repo()
        config = repo.copy_config()
        for key, words in settings.items():
            if words:
                config.set_string('core', f'xa.{key}', ';'.join(words))
            else:
                with contextlib.suppress(GLib.Error):
                    config.remove_key('core', f'xa.{key}')
        repo.write_config(config)
        self.installation.drop_caches(None)

    def resolve(self):
        """Returns everything that is to be installed, as a list of FlatpakFullRef."""
        return self._transact(lambda operations: False)

    def pull(self):
        """Pulls everything that is to be installed, without installing it.

        In the cache of the content stage, the offline copies of the remotes are made as well.
        """
        folder = self._offline_copies() if self.remotes else None
        if folder:
            shutil.rmtree(folder, ignore_errors=True)
        self._transact(lambda operations: True, set_no_deploy=True)
        if folder:
            for remote in self.remotes.values():
                remote.write_offline_copy(folder / remote.name)

    def _offline_copies(self):
        """Returns the directory of the offline copies if this is the content stage's cache."""
        folder = eibflatpakcopy.copies_directory()
        if not self.is_cache_repo or folder is None:
            return None
        is_own = folder.parents[2].resolve() == Path(self.installation_path).resolve()
        return folder if is_own else None

    @property
    def installation_path(self):
        """The directory of the installation."""
        return self.installation.get_path().get_path()

    def install(self, cache_repo_path=None):
        """Installs everything.

        cache_repo_path is an OSTree repository. The objects in it are not fetched.
        """
        def seed(operations):
            for operation in operations:
                copy = self.remotes[operation.get_remote()].offline_copy
                if copy:
                    self._seed(copy, operation)
                elif cache_repo_path:
                    self._try_to_seed(cache_repo_path, operation)
            return True

        self._transact(seed, set_disable_static_deltas=True)

    def _try_to_seed(self, path, operation):
        try:
            self._seed(path, operation)
        except FlatpakError as error:
            logger.info('%s; it is fetched', error)

    def _seed(self, path, operation):
        """Copies the objects of a commit into the installation, and verifies them.

        Flatpak copies objects of a remote on the same machine without looking at them.
        """
        options = {
            'refs': GLib.Variant('as', [operation.get_commit()]),
            'flags': GLib.Variant('i', OSTree.RepoPullFlags.UNTRUSTED),
            'disable-static-deltas': GLib.Variant('b', True),
        }
        subpaths = operation.get_subpaths()
        if subpaths:
            folders = ['/metadata', *(f'/files{subpath}' for subpath in subpaths)]
            options['subdirs'] = GLib.Variant('as', folders)
        with told(f'{operation.get_ref()} cannot be copied from {path}'):
            self.get_repo().pull_with_options(
                Path(path).absolute().as_uri(), GLib.Variant('a{sv}', options), None, None)

    def _transact(self, accept, **settings):
        """Finds what is to be installed, and does it if accept(operations) is true.

        Returns what was found, as a list of FlatpakFullRef.
        """
        if not self.remotes:
            logger.info('No Flatpak remote is enabled')
            return []
        found, failures, is_accepted = [], [], []

        def ready(transaction):
            # An exception would not leave the library.
            try:
                operations = transaction.get_operations()
                found.extend(self._check(operations))
                is_accepted.append(accept(operations))
                return is_accepted[0]
            except Exception as error:
                failures.append(error)
                return False

        def fail(_, operation, error, details):
            failures.append(FlatpakError(f'{operation.get_ref()}: {error.message}'))
            return False

        def tell(_, operation, progress):
            logger.info('%s of %s, commit %s', operation.get_ref(), operation.get_remote(),
                        operation.get_commit())

        with self.tmp_xa_config(), told('The Flatpaks cannot be installed'):
            transaction = Flatpak.Transaction.new_for_installation(self.installation, None)
            transaction.set_no_interaction(True)
            for setter, value in settings.items():
                getattr(transaction, setter)(value)
            transaction.connect('ready', ready)
            transaction.connect('operation-error', fail)
            transaction.connect('new-operation', tell)
            for ref in self._find_named():
                transaction.add_install(ref.remote.name, ref.ref, None)
            try:
                transaction.run(None)
            except GLib.Error as error:
                if failures:
                    raise failures[0] from None
                is_aborted = error.matches(Flatpak.Error.quark(), Flatpak.Error.ABORTED)
                if not is_aborted or is_accepted != [False]:
                    raise
        return found

    def _find_named(self):
        """Returns what the configuration names. Raises FlatpakError about all missing names."""
        found, problems = {}, []
        for remote in self.remotes.values():
            for kind, word in remote.named:
                try:
                    ref = remote.match(word, kind)
                    if ref:
                        found[repr(ref)] = ref
                    else:
                        problems.append(remote.describe_missing(word, kind))
                except FlatpakError as error:
                    problems.append(f'{remote.name}: {error}')
        if problems:
            raise FlatpakError('Flatpaks are not found:', '; '.join(problems))
        return list(found.values())

    def _check(self, operations):
        """Returns what the operations install. Raises FlatpakError if images must not have it."""
        found, strange = [], []
        for operation in operations:
            remote = self.remotes.get(operation.get_remote())
            ref = remote.refs.get(operation.get_ref()) if remote else None
            if ref:
                found.append(ref)
            else:
                strange.append(f'{operation.get_ref()} of {operation.get_remote()}')
        if strange:
            raise FlatpakError(
                'Flatpaks would come from remotes that the configuration does not enable:',
                ', '.join(strange))
        self._refuse_unwanted(found)
        return found

    @staticmethod
    def _refuse_unwanted(refs):
        problems = []
        for ref in refs:
            offered = ref.remote_ref
            if ref.remote.check_excluded(ref.name):
                problems.append(f'{ref} is excluded')
            if ref.has_extra_data and not ref.remote.check_allow_extra_data(ref.name):
                problems.append(f'{ref} has extra data, and allow_extra_data does not name it')
            if offered.get_eol_rebase():
                problems.append(f'{ref} is superseded by {offered.get_eol_rebase()}')
            elif offered.get_eol():
                logger.warning('%s has reached its end of life: %s', ref, offered.get_eol())
        if problems:
            raise FlatpakError('Flatpaks must not be installed:', '; '.join(problems))

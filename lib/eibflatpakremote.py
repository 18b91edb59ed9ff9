"""The remotes of FlatpakManager and what they offer. Hooks import the names from eibflatpak."""

import base64
import configparser
import contextlib
import difflib
import functools
import logging
import urllib.parse
import urllib.request
from pathlib import Path

import gi

import eib
import eibflatpakcopy
import eibostree

gi.require_version('Flatpak', '1.0')
gi.require_version('OSTree', '1.0')
from gi.repository import Flatpak, GLib, OSTree  # noqa: E402

REMOTE_PREFIX = 'flatpak-remote-'
KINDS = {Flatpak.RefKind.APP: 'app', Flatpak.RefKind.RUNTIME: 'runtime'}
SERVER_TIMEOUT_IN_SECONDS = 60

logger = logging.getLogger(__name__)


class FlatpakError(eib.ImageBuildError):
    """Flatpak content cannot be installed."""


@contextlib.contextmanager
def told(text):
    """Raises errors of the C libraries as FlatpakError."""
    try:
        yield
    except GLib.Error as error:
        raise FlatpakError(f'{text}: {error.message}') from error


class FlatpakFullRef:
    """An app or a runtime that a remote offers."""

    def __init__(self, remote, remote_ref):
        self.remote = remote
        self.remote_ref = remote_ref
        self.ref = remote_ref.format_ref()
        self.kind = remote_ref.get_kind()
        self.name = remote_ref.get_name()
        self.arch = remote_ref.get_arch()
        self.branch = remote_ref.get_branch()
        self.commit = remote_ref.get_commit()
        self.installed_size = remote_ref.get_installed_size()
        self.download_size = remote_ref.get_download_size()

    def __repr__(self):
        return f'{self.remote.name}:{self.ref}'

    @functools.cached_property
    def metadata(self):
        """The metadata file, as a ConfigParser. flatpak-builder repeats sections and options."""
        parser = configparser.ConfigParser(
            strict=False, interpolation=None, delimiters='=', comment_prefixes='#')
        with told(f'The metadata of {self} cannot be fetched'):
            data = (self.remote_ref.get_metadata()
                    or self.remote.installation.fetch_remote_metadata_sync(
                        self.remote.name, self.remote_ref, None))
        try:
            parser.read_string(data.get_data().decode())
        except (configparser.Error, UnicodeError) as error:
            raise FlatpakError(f'The metadata of {self} cannot be read: {error}') from None
        return parser

    @functools.cached_property
    def related(self):
        """The extensions, as a list of Flatpak.RelatedRef."""
        with self.remote.manager.tmp_xa_config(), told(f'{self} has unreadable extensions'):
            return self.remote.installation.list_remote_related_refs_sync(
                self.remote.name, self.ref, None)

    @property
    def runtime(self):
        """The ref of the runtime that this needs, or None.

        Besides apps, extensions need one that unpack extra data with programs of the runtime.
        """
        section = 'Application'
        if self.kind is not Flatpak.RefKind.APP:
            section = 'ExtensionOf'
            if not self.has_extra_data or self.metadata.getboolean(
                    'Extra Data', 'NoRuntime', fallback=False):
                return None
        runtime = self.metadata.get(section, 'runtime', fallback=None)
        ref = f'runtime/{runtime}'
        return ref if runtime and ref != self.ref else None

    @property
    def has_extra_data(self):
        """Whether files of other servers are fetched when this is installed."""
        return 'Extra Data' in self.metadata


class FlatpakRemote:
    """A remote of the configuration.

    The options are those of its section, as text; prio is a number and noenumerate True or False.
    In a hook without network, its offline copy from the content stage takes the place of its URL
    until deploy() is called.
    """

    def __init__(self, manager, name, **options):
        self.manager = manager
        self.installation = manager.installation
        self.arch = manager.arch
        self.enable_p2p_updates = manager.enable_p2p_updates
        self.name = name
        self.offline_copy = None if manager.is_cache_repo else eibflatpakcopy.find_copy(name)
        self.repo_file = options.get('repo_file')
        self._repo_file_text = self._read_repo_file()
        repo = self._parse_repo_file()
        self.url = options.get('url') or repo.get('Url')
        if not self.url:
            raise FlatpakError(f'The section {REMOTE_PREFIX}{name} has neither url nor repo_file',
                               'with a URL')
        self.deploy_url = options.get('deploy_url') or self.url
        self.title = options.get('title') or repo.get('Title')
        self.default_branch = options.get('default_branch') or repo.get('DefaultBranch')
        self.gpg_key = repo.get('GPGKey')
        self.prio = options.get('prio')
        self.noenumerate = options.get('noenumerate')
        self.apps = (options.get('apps') or '').split()
        self.runtimes = (options.get('runtimes') or '').split()
        self.exclude = set((options.get('exclude') or '').split())
        self.allow_extra_data = set((options.get('allow_extra_data') or '').split())
        # What the remote offers, by full ref. enumerate() fills it.
        self.refs = {}

    def _read_repo_file(self):
        place = self.repo_file
        if self.offline_copy and (self.offline_copy / eibflatpakcopy.REPO_FILE).exists():
            place = self.offline_copy / eibflatpakcopy.REPO_FILE
        if not place:
            return ''
        logger.info('Reading the repo file %s', place)
        try:
            if urllib.parse.urlparse(str(place)).scheme:
                return eib.retry(self._fetch, place)
            return Path(place).read_text(encoding='utf-8')
        except (OSError, ValueError) as error:
            raise FlatpakError(f'The repo_file {place} of the remote {self.name} cannot be read:',
                               error) from None

    @staticmethod
    def _fetch(url):
        with urllib.request.urlopen(url, timeout=SERVER_TIMEOUT_IN_SECONDS) as response:
            return response.read().decode()

    def _parse_repo_file(self):
        parser = configparser.ConfigParser(strict=False, interpolation=None, delimiters='=')
        try:
            parser.read_string(self._repo_file_text)
        except configparser.Error as error:
            raise FlatpakError(f'{self.repo_file} is no repo file: {error}') from None
        return parser['Flatpak Repo'] if 'Flatpak Repo' in parser else {}

    def add(self):
        """Adds the remote to the installation, or changes the one of the same name."""
        logger.info('Adding the Flatpak remote %s', self.name)
        remote = Flatpak.Remote.new(self.name)
        remote.set_url(self.offline_copy.as_uri() if self.offline_copy else self.url)
        remote.set_gpg_verify(True)
        # Flatpak may have set one for another URL.
        remote.set_collection_id(None)
        key = self._verification_key()
        if key:
            remote.set_gpg_key(GLib.Bytes.new(key))
        with told(f'The Flatpak remote {self.name} cannot be added'):
            self._modify(remote)
            self.manager.get_repo().set_ref_immediate(self.name, OSTree.REPO_METADATA_REF, None)
            self.installation.drop_caches(None)
            eib.retry(self.installation.update_remote_sync, self.name, None)
            self.reset_metadata()
            if not self.default_branch:
                remote = self.installation.get_remote_by_name(self.name, None)
                self.default_branch = remote.get_default_branch()

    def _verification_key(self):
        if self.gpg_key:
            try:
                return base64.b64decode(''.join(self.gpg_key.split()), validate=True)
            except ValueError as error:
                raise FlatpakError(
                    f'The GPGKey of {self.repo_file} is not base64: {error}') from None
        if not self.manager.is_cache_repo:
            return None
        # An image trusts the keys of its tree, a cache on the host those of the checkout.
        try:
            keys = eib.get_ostree_trusted_keys(self.manager.config)
        except eib.ImageBuildError:
            return None
        return b'\n'.join(Path(key).read_bytes() for key in keys)

    def _modify(self, remote):
        """Writes a remote with the settings that an update from the server may have changed."""
        if self.title:
            remote.set_title(self.title)
        if self.default_branch:
            remote.set_default_branch(self.default_branch)
        if self.prio is not None:
            remote.set_prio(self.prio)
        self.installation.modify_remote(remote, None)

    def reset_metadata(self):
        """Gives the remote the title, default branch and priority of the configuration again."""
        self._modify(self.installation.get_remote_by_name(self.name, None))

    def deploy(self):
        """Gives the remote the settings of the installed system, and its list of apps."""
        with told(f'The Flatpak remote {self.name} cannot be set up for the installed system'):
            if self.offline_copy:
                self._update_appstream()
                self._set_deployed()
            else:
                self._set_deployed()
                self._update_appstream()
                eib.retry(self.installation.update_remote_sync, self.name, None)
                self.reset_metadata()

    def _update_appstream(self):
        logger.info('Updating the list of apps of the Flatpak remote %s', self.name)
        eib.retry(self.installation.update_appstream_sync, self.name, self.arch, None)

    def _set_deployed(self):
        logger.info('The Flatpak remote %s has the URL %s', self.name, self.deploy_url)
        remote = self.installation.get_remote_by_name(self.name, None)
        remote.set_url(self.deploy_url)
        if self.noenumerate is not None:
            remote.set_noenumerate(self.noenumerate)
        self._modify(remote)
        # Endless's legacy remote has the collection ID of another one.
        if self.enable_p2p_updates and self.name != 'eos-runtimes':
            collection_id = self._find_collection_id()
            if collection_id:
                remote.set_collection_id(collection_id)
                self.installation.modify_remote(remote, None)

    def _find_collection_id(self):
        if not self.offline_copy:
            return eibostree.fetch_remote_collection_id(self.manager.get_repo(), self.name)
        return eibflatpakcopy.copy_collection_id(self.offline_copy)

    def enumerate(self):
        """Fills refs with what the remote offers, from its summary alone."""
        logger.info('Listing the Flatpak remote %s', self.name)
        flags = Flatpak.QueryFlags.NONE
        if self._arches != {Flatpak.get_default_arch()}:
            flags = Flatpak.QueryFlags.ALL_ARCHES
        with told(f'The Flatpak remote {self.name} cannot be listed'):
            found = eib.retry(
                self.installation.list_remote_refs_sync_full, self.name, flags, None)
        self.refs = {ref.ref: ref for ref in (FlatpakFullRef(self, each) for each in found)}

    @property
    def named(self):
        """The words of apps and runtimes, as pairs of a kind and a word."""
        return ([(Flatpak.RefKind.APP, word) for word in self.apps]
                + [(Flatpak.RefKind.RUNTIME, word) for word in self.runtimes])

    @property
    def _arches(self):
        arches = {self.arch}
        for kind, word in self.named:
            with contextlib.suppress(FlatpakError):
                arches.add(self._split(word, kind)[1])
        return arches

    def check_excluded(self, name):
        """Returns whether images must not have the app or runtime."""
        return name in self.exclude

    def check_allow_extra_data(self, name):
        """Returns whether images may have the app or runtime though it has extra data."""
        return name in self.allow_extra_data

    def match(self, ref, kind):
        """Returns the FlatpakFullRef that a word of apps or runtimes means, or None.

        The word is NAME, NAME/ARCH, NAME/ARCH/BRANCH, NAME//BRANCH or a full ref. Without a branch,
        the default branch is meant, or the last in sort order if there is none.
        """
        name, arch, branch = self._split(ref, kind)
        if branch:
            return self.refs.get(f'{KINDS[kind]}/{name}/{arch}/{branch}')
        candidates = [each for each in self.refs.values()
                      if (each.kind, each.name, each.arch) == (kind, name, arch)]
        return max(candidates, key=lambda each: each.branch, default=None)

    def _split(self, ref, kind):
        parts = ref.split('/')
        if len(parts) == 4 and parts[0] == KINDS[kind]:
            parts = parts[1:]
        if len(parts) > 3 or not parts[0]:
            raise FlatpakError(f'"{ref}" is none of NAME, NAME/ARCH, NAME/ARCH/BRANCH and',
                               f'{KINDS[kind]}/NAME/ARCH/BRANCH')
        name, arch, branch = (parts + ['', ''])[:3]
        return name, arch or self.arch, branch or self.default_branch

    def describe_missing(self, ref, kind):
        """Returns a clause about a word that match() does not find, with what is nearest to it."""
        name, _, _ = self._split(ref, kind)
        offered = sorted(each.ref for each in self.refs.values()
                         if each.kind == kind and each.name == name)
        names = {each.name for each in self.refs.values() if each.kind == kind}
        nearest = offered or difflib.get_close_matches(name, sorted(names))
        hint = f' (it has {", ".join(nearest)})' if nearest else ''
        return f'{self.name} has no {KINDS[kind]} {ref}{hint}'

    def write_offline_copy(self, folder):
        """Makes a directory that is a remote of what was pulled, for hooks without network."""
        with told(f'The list of apps of the Flatpak remote {self.name} cannot be pulled'):
            self._update_appstream()
        repo = Path(self.manager.get_repo().get_path().get_path())
        eibflatpakcopy.write_copy(repo, self.name, self._repo_file_text, folder)

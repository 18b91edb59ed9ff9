"""Flatpak content, for Python hooks.

This version of image-builder installs no Flatpaks. Hooks can import the module, and run where Flatpak
or all its remotes are disabled; where a remote is enabled, they fail with the reason.
"""

import logging

import eib

REMOTE_PREFIX = 'flatpak-remote-'

logger = logging.getLogger(__name__)


class FlatpakError(eib.ImageBuildError):
    """Flatpak content cannot be installed."""


class FlatpakManager:
    """The Flatpaks that the configuration asks for.

    Raises FlatpakError if there are any: flatpak:enable is not false, and a section
    [flatpak-remote-NAME] is not disabled by its own option enable.
    """

    def __init__(self, installation, config=None, is_cache_repo=False):
        self.installation = installation
        self.config = eib.get_config() if config is None else config
        self.is_cache_repo = is_cache_repo
        enabled = self._enabled_remotes()
        if enabled:
            raise FlatpakError(
                'this version of image-builder installs no Flatpaks, but the configuration enables',
                f'the remotes {", ".join(enabled)}; set [flatpak] enable = false, or',
                f'enable = false in [{REMOTE_PREFIX}NAME] of each')
        logger.info('No Flatpak remote is enabled')
        self.remotes = {}

    def _enabled_remotes(self):
        if not self.config.getboolean('flatpak', 'enable', fallback=True):
            return []
        return [section.removeprefix(REMOTE_PREFIX) for section in self.config.sections()
                if section.startswith(REMOTE_PREFIX)
                and self.config.getboolean(section, 'enable', fallback=True)]

    def add_remotes(self):
        """Adds the enabled remotes to the installation. There are none."""

    def enumerate_remotes(self):
        """Asks the enabled remotes for what they offer. There are none."""

    def pull(self):
        """Pulls the Flatpaks into the cache. There are none."""

    def install(self, cache_repo_path=None):
        """Installs the Flatpaks. There are none."""

    def resolve(self):
        """Returns the Flatpaks to install: an empty list."""
        return []

    def deploy_remotes(self):
        """Gives the remotes the URLs of the installed system. There are none."""

"""Imports channels on a Kolibri server of one's own, for Python hooks. Needs Python alone."""

import base64
import enum
import json
import logging
import netrc
import os
import time
import urllib.error
import urllib.parse
import urllib.request

import eib

logger = logging.getLogger(__name__)

REQUEST_TIMEOUT_IN_SECONDS = 60
SECONDS_BETWEEN_QUESTIONS = 0.5

# All nodes are fetched, so that the server has the whole channel, and a missing one is a failure.
WHOLE_CHANNEL = {'renderable_only': False, 'fail_on_error': True}


class KolibriError(eib.ImageBuildError):
    """A Kolibri server cannot be used, or does not do what is asked of it."""


class RemoteKolibri:
    """A Kolibri server, on which channels are imported and updated.

    Raises KolibriError if the server is none, or is not of one of the Series.
    """

    class Series(enum.Enum):
        """The versions of Kolibri whose interface is known."""
        KOLIBRI_0_15 = '0.15'
        KOLIBRI_0_16 = '0.16'

    def __init__(self, base_url, username, password):
        self.base_url = base_url.rstrip('/') + '/'
        login = base64.b64encode(f'{username}:{password}'.encode()).decode()
        self._authorization = f'Basic {login}'
        self.series = self._find_series()

    def import_channel(self, channel_id):
        """Imports a channel with all its content, and waits until that is done."""
        logger.info('Importing the channel %s', channel_id)
        if self.series is self.Series.KOLIBRI_0_15:
            self._run('startremotechannelimport/', {'channel_id': channel_id})
            self._run('startremotecontentimport/', {'channel_id': channel_id, **WHOLE_CHANNEL})
        else:
            self._import(channel_id, update=False)

    def update_channel(self, channel_id):
        """Updates a channel that the server has, and waits until that is done."""
        logger.info('Updating the channel %s', channel_id)
        # The server updates what it has found to differ.
        if self.series is self.Series.KOLIBRI_0_15:
            self._run('channeldiffstats/', {'channel_id': channel_id, 'method': 'network'})
            self._run('startchannelupdate/',
                      {'channel_id': channel_id, 'sourcetype': 'remote', **WHOLE_CHANNEL})
        else:
            self._run('', self._task('remotechanneldiffstats', channel_id))
            self._import(channel_id, update=True)

    def seed_channel(self, channel_id):
        """Makes the server have all of a channel in its newest version.

        A channel that exists is updated, because an import brings no new nodes. The import that
        follows brings what an earlier one has missed.
        """
        if self._has_channel(channel_id):
            self.update_channel(channel_id)
        self.import_channel(channel_id)

    def _import(self, channel_id, update):
        self._run('', {**self._task('remoteimport', channel_id), 'update': update, **WHOLE_CHANNEL})

    @staticmethod
    def _task(name, channel_id):
        # The interface wants a name, and uses it for display only.
        return {'type': f'kolibri.core.content.tasks.{name}', 'channel_id': channel_id,
                'channel_name': 'unknown'}

    def _find_series(self):
        version = self._answer('api/public/info/').get('kolibri_version', '')
        for series in self.Series:
            if version.startswith(f'{series.value}.'):
                return series
        known = ', '.join(series.value for series in self.Series)
        raise KolibriError(
            f'Unsupported remote Kolibri version "{version}" of {self.base_url}; known are', known)

    def _has_channel(self, channel_id):
        return self._answer(f'api/content/channel/{channel_id}/', may_be_missing=True) is not None

    def _run(self, path, data):
        """Starts a task and waits until it has ended."""
        job = self._answer(f'api/tasks/tasks/{path}', data)['id']
        told = -1
        while True:
            state = self._answer(f'api/tasks/tasks/{job}/')
            status = state['status']
            if status == 'COMPLETED':
                return
            if status in ('FAILED', 'CANCELED'):
                raise KolibriError(
                    f'Job {job} of {self.base_url} ended as {status}:',
                    state.get('exception'), state.get('traceback'))
            percent = int((state.get('percentage') or 0) * 100) // 5 * 5
            if percent > told:
                logger.info('Progress: %d %%', percent)
                told = percent
            time.sleep(SECONDS_BETWEEN_QUESTIONS)

    def _answer(self, path, data=None, *, may_be_missing=False):
        """Returns the JSON that the server answers; None for a missing path that may be missing."""
        url = urllib.parse.urljoin(self.base_url, path)
        request = urllib.request.Request(
            url, data=None if data is None else json.dumps(data).encode(),
            headers={'Content-Type': 'application/json'})
        # A server that redirects to another must not get the password there.
        request.add_unredirected_header('Authorization', self._authorization)
        try:
            with urllib.request.urlopen(request, timeout=REQUEST_TIMEOUT_IN_SECONDS) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            if error.code == 404 and may_be_missing:
                return None
            text = error.read().decode(errors='replace')
            raise KolibriError(f'{url}: {error.code} {error.reason}:', text) from None
        except (OSError, ValueError) as error:
            raise KolibriError(f'{url}: {getattr(error, "reason", error)}') from None


def seed_remote_channels(channel_ids):
    """Makes the server in kolibri:central_content_base_url have these channels.

    Returns False, and does nothing, if there is no such server or SYSCONFDIR/netrc has no login for
    it.
    """
    base_url = eib.get_config().get('kolibri', 'central_content_base_url', fallback=None)
    if not base_url:
        logger.info('kolibri:central_content_base_url is not set; nothing is imported')
        return False
    host = urllib.parse.urlparse(base_url).netloc
    path = os.path.join(eib.SYSCONFDIR, 'netrc')
    login = netrc.netrc(path).authenticators(host) if os.path.exists(path) else None
    if not login:
        logger.info('%s has no login for %s; nothing is imported', path, host)
        return False
    server = RemoteKolibri(base_url, login[0], login[2])
    for channel_id in channel_ids:
        server.seed_channel(channel_id)
    return True

"""What Python hooks ask of OSTree remotes. Needs the packages python3-gi and gir1.2-ostree-1.0."""

import logging

import gi

import eib

gi.require_version('OSTree', '1.0')
from gi.repository import GLib, OSTree  # noqa: E402

logger = logging.getLogger(__name__)


def fetch_remote_collection_id(repo, remote):
    """Returns the collection ID that the summary of a remote declares, or None.

    repo is an open OSTree.Repo, remote the name of one of its remotes.
    """
    logger.info('Fetching the summary of the OSTree remote %s', remote)
    _, data, _ = eib.retry(repo.remote_fetch_summary, remote)
    if data is None:
        logger.info('The OSTree remote %s has no summary', remote)
        return None
    collection_id = summary_collection_id(data, OSTree.SUMMARY_GVARIANT_STRING)
    logger.info('The collection ID of the OSTree remote %s is %s', remote, collection_id)
    return collection_id


def summary_collection_id(data, kind):
    """Returns the collection ID in a summary or an index of summaries, or None.

    data is a GLib.Bytes, kind its GVariant type, whose second part is the metadata.
    """
    metadata = GLib.Variant.new_from_bytes(GLib.VariantType.new(kind), data, False)
    found = metadata.get_child_value(1).lookup_value(
        'ostree.summary.collection-id', GLib.VariantType.new('s'))
    return found.get_string() if found is not None else None

"""The importers: one small module each, in the order in which they are asked.

A module maps a record of one export to posts; see `frame.Importer`. Flat tables need none: they are layouts
of columns, in `vigie.collect.layouts`.
"""

from __future__ import annotations

from vigie.collect.importers.crowdtangle import CROWDTANGLE
from vigie.collect.importers.feeds import FEED
from vigie.collect.importers.frame import AROUND, Entry, Importer, Post, Record, Skip
from vigie.collect.importers.gdelt import GDELT
from vigie.collect.importers.jetstream import JETSTREAM
from vigie.collect.importers.mastodon import MASTODON
from vigie.collect.importers.mastodon_archive import MASTODON_ARCHIVE
from vigie.collect.importers.pages import PAGE, WARC
from vigie.collect.importers.reddit import REDDIT
from vigie.collect.importers.telegram import TELEGRAM
from vigie.collect.importers.x_api import X_API
from vigie.collect.importers.youtube import YOUTUBE
from vigie.collect.importers.zeeschuimer import ZEESCHUIMER

__all__ = ["AROUND", "IMPORTERS", "Entry", "Importer", "Post", "Record", "Skip"]

IMPORTERS: tuple[Importer, ...] = (
    TELEGRAM,
    ZEESCHUIMER,
    JETSTREAM,
    X_API,
    MASTODON,
    MASTODON_ARCHIVE,
    YOUTUBE,
    CROWDTANGLE,
    REDDIT,
    FEED,
    PAGE,
    WARC,
    GDELT,
)

"""Where Django meets the app."""

from __future__ import annotations

from django.apps import AppConfig


class SourcesConfig(AppConfig):
    """The app `sources`."""

    name = "vigie_node.sources"
    label = "sources"

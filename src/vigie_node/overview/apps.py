"""Where Django meets the app."""

from __future__ import annotations

from django.apps import AppConfig


class OverviewConfig(AppConfig):
    """The app `overview`."""

    name = "vigie_node.overview"
    label = "overview"

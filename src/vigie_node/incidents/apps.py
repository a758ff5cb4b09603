"""Where Django meets the app."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    """The app `incidents`."""

    name = "vigie_node.incidents"
    label = "incidents"

    def ready(self) -> None:
        """Tell the ledger what this app's entries say."""
        import_module("vigie_node.incidents.entries")

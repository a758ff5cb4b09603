"""Where Django meets the app."""

from __future__ import annotations

from importlib import import_module

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    """The app `alerts`."""

    name = "vigie_node.alerts"
    label = "alerts"

    def ready(self) -> None:
        """Tell the ledger what this app's entries say."""
        import_module("vigie_node.alerts.entries")

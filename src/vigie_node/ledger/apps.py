"""Where Django meets the app."""

from __future__ import annotations

from django.apps import AppConfig


class LedgerConfig(AppConfig):
    """The app `ledger`."""

    name = "vigie_node.ledger"
    label = "ledger"

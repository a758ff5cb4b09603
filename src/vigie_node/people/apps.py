"""Where Django meets the app."""

from __future__ import annotations

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """The app `people`."""

    name = "vigie_node.people"
    label = "people"

    def ready(self) -> None:
        """Tell the ledger what our entries say."""
        from vigie_node.people.kinds import teach  # noqa: PLC0415 (models are ready only now)

        teach()

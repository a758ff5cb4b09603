"""How a command meets the node: Django is set up only when a command needs it."""

from __future__ import annotations

import os

from vigie.terms.errors import VigieError
from vigie.terms.languages import say


class SilentDatabaseError(VigieError):
    """The database does not answer."""

    code = "database.silent"
    sentence = say("The database does not answer: {reason}.")
    remedy = say("Check DATABASE_URL and that the database runs, then run the command again.")

    @classmethod
    def of(cls, error: Exception) -> SilentDatabaseError:
        """Return what a driver said, as one sentence."""
        return cls(reason=" ".join(str(error).split()).rstrip("."))


def set_up(*, ask_database: bool = True) -> None:
    """Set Django up on the node's home.

    Args:
        ask_database: whether the command can do nothing without an answer of the database.

    Raises:
        NoHomeError: there is no node there.
        NoKeyError: its key is missing.
        SilentDatabaseError: the database does not answer.
    """
    import django

    from vigie_node.home import Home

    home = Home.here()
    _ = home.configuration, home.master_key
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vigie_node.settings")
    django.setup()
    if ask_database:
        _ask_database()


def _ask_database() -> None:
    from django.db import OperationalError, connection

    try:
        connection.ensure_connection()
    except OperationalError as error:
        raise SilentDatabaseError.of(error) from error

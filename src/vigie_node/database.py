"""Which database the node remembers in: SQLite in its home, or PostgreSQL named by DATABASE_URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from vigie.terms.errors import VigieError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from vigie_node.home import Home

BUSY_SECONDS_MAX = 20
# Write-ahead logging lets readers go on beside one writer; FULL keeps what was committed through a power cut;
# what is deleted (posts that were cited, evidence) is overwritten in the file.
PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA secure_delete=ON;"


class BadDatabaseError(VigieError):
    """DATABASE_URL names no database that Vigie can use."""

    code = "database.address"
    sentence = say("DATABASE_URL does not name a database that Vigie can use.")  # it may hold a password
    remedy = say("Write postgresql://USER:PASSWORD@HOST:PORT/NAME, or unset it for the node’s own SQLite.")


def database_from(address: str | None, home: Home) -> dict[str, Any]:
    """Return Django's description of the database.

    Raises:
        BadDatabaseError: the address is of no known kind.
    """
    if not address:
        # IMMEDIATE: a transaction that will write takes its turn at its beginning. With the default, 250 of
        # 400 concurrent updates were lost to “database is locked”.
        options = {"transaction_mode": "IMMEDIATE", "timeout": BUSY_SECONDS_MAX, "init_command": PRAGMAS}
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(home.database), "OPTIONS": options}
    parts = urlsplit(address)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise BadDatabaseError
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or query.pop("port", "")),
        "OPTIONS": query,
    }

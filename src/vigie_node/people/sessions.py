"""Sessions in the database, looked for only under keys that could be one of ours."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Django's, which would ask a database for whatever a cookie says: PostgreSQL knows no NUL."""

    def _validate_session_key(self, key: Any) -> bool:
        """Return whether a key is of the letters and digits that keys are made of."""
        return bool(super()._validate_session_key(key)) and key.isascii() and key.isalnum()  # type: ignore[misc]

"""A column of JSON that is read fast: a large group's network is a megabyte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from django.db import models
from django.db.models.fields.json import KeyTransform

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.expressions import Expression


class LargeJSONField(models.JSONField):
    """A JSONField that is decoded by msgspec, three times as fast as `json.loads`: the same values."""

    def from_db_value(self, value: Any, expression: Expression, connection: BaseDatabaseWrapper) -> Any:
        """Return what a column holds; a part of it, asked for by its key, is Django's own work."""
        if value is None or isinstance(expression, KeyTransform):
            return super().from_db_value(value, expression, connection)
        return msgspec.json.decode(value)

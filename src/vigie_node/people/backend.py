"""Who a session belongs to, in the fewest questions to the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.backends import BaseBackend

from vigie_node.people.models import Person

if TYPE_CHECKING:
    from uuid import UUID


class People(BaseBackend):
    """Answer who is signed in; signing in itself goes through `vigie_node.people.actions` alone."""

    def get_user(self, user_id: UUID) -> Person | None:
        """Return the person with what every page shows of them; nobody when suspended."""
        found = Person.objects.select_related("organisation").prefetch_related("grants")
        return found.filter(pk=user_id, is_active=True).first()

"""Addresses that are handed over to people."""

from __future__ import annotations

from django.conf import settings


def welcome_address(secret: str, language: str) -> str:
    """Return the address of a link; the node's own comes from the configuration, never from a request."""
    return f"{settings.NODE.address.rstrip('/')}/{language}/welcome/{secret}"

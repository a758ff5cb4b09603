"""A ledger that nobody has witnessed yet."""

from __future__ import annotations

import pytest
from django.conf import settings

from vigie_node.ledger.witness import FILE


@pytest.fixture(autouse=True)
def head_file():
    """Return where the last entry is witnessed; nothing is at first."""
    path = settings.HOME.keys / FILE
    path.unlink(missing_ok=True)
    yield path
    path.unlink(missing_ok=True)

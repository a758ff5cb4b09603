"""The looks that every page is checked in, and which of them wait for `make test-all`."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

QUICK = {("dark", 390, "fr")}
EVERY_LOOK = product(("light", "dark"), (1280, 390), ("en", "fr"))
LOOKS: list[Any] = [
    pytest.param(*one, marks=() if one in QUICK else pytest.mark.slow) for one in EVERY_LOOK
]  # colour scheme, width, language
WIDTHS: list[Any] = [  # 640 is 1,280 at 200 % zoom, 320 the narrowest that WCAG asks for
    320,
    *(pytest.param(width, marks=pytest.mark.slow) for width in (1280, 640, 390)),
]

"""Compile message catalogues, at build (`build_hook.py`) and by hand (`catalogues.py`)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from pathlib import Path

ALWAYS = datetime(2000, 1, 1, tzinfo=UTC)  # two builds of one tree are the same, byte for byte


def compile_catalogues(root: Path) -> list[Path]:
    """Write a `.mo` beside each `.po` below `root` and return what was written."""
    written = []
    for po in sorted(root.glob("src/*/locale/*/LC_MESSAGES/*.po")):
        with po.open("rb") as source:
            catalogue = read_po(source, locale=po.parts[-3], abort_invalid=True)
        catalogue.creation_date = catalogue.revision_date = ALWAYS
        mo = po.with_suffix(".mo")
        new = mo.with_suffix(".new")
        with new.open("wb") as target:
            write_mo(target, catalogue)
        new.replace(mo)
        written.append(mo)
    return written

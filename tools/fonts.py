"""Make the fonts of the PDF briefing note from those of the pages: one file a weight, four scripts each.

Pages take Noto Sans in pieces by script, as variable WOFF2; a PDF needs whole TrueType files of one weight.
Run after `npm ci`, with fonttools and brotli installed, when the font changes; what it writes is kept.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from fontTools.merge import Merger
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

ROOT = Path(__file__).resolve().parent.parent
PIECES = ROOT / "node_modules/@fontsource-variable/noto-sans/files"
MADE = ROOT / "src/vigie/report/fonts"
SCRIPTS = ("latin", "latin-ext", "greek", "cyrillic")
WEIGHTS = {"regular": 400, "bold": 700}
FULL_NAMES = (4, 6)  # each weight has its own: readers of PDF tell fonts apart by them
UNUSED = ("GPOS", "GSUB", "GDEF", "STAT", "DSIG")  # nothing here shapes text


def piece(script: str, weight: int, folder: Path) -> str:
    """Write one script in one weight as TrueType; return where."""
    font = TTFont(PIECES / f"noto-sans-{script}-wght-normal.woff2")
    font = instantiateVariableFont(font, {"wght": weight})
    for table in UNUSED:
        if table in font:
            del font[table]
    font.flavor = None
    path = folder / f"{script}.ttf"
    font.save(path)
    return str(path)


def main() -> int:
    """Write every weight."""
    MADE.mkdir(exist_ok=True)
    for name, weight in WEIGHTS.items():
        with TemporaryDirectory() as folder:
            merged = Merger().merge([piece(script, weight, Path(folder)) for script in SCRIPTS])
            for number in FULL_NAMES:
                merged["name"].setName(f"VigieNotoSans-{name.title()}", number, 3, 1, 0x409)
            merged["head"].modified = merged["head"].created  # the same bytes each time
            merged.recalcTimestamp = False
            merged.save(MADE / f"noto-sans-{name}.ttf")
    return 0


if __name__ == "__main__":
    sys.exit(main())

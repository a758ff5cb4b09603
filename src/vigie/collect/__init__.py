"""Read exports of posts into the canonical schema of `vigie.terms.posts`.

`preview` shows what a file would become; `read_posts` streams files of any size; rows that cannot be read are
set aside in `Rejects` with their place and reason.
"""

from vigie.collect.convert import batch_schema
from vigie.collect.errors import FileError
from vigie.collect.mapping import Column
from vigie.collect.plans import AskedUnit, Plan, layouts_known, plan
from vigie.collect.preview import DECISIONS, Preview, preview
from vigie.collect.reading import read_planned, read_posts
from vigie.collect.rejects import REASONS, SKIPS, UNITS, Place, Reject, Rejects

__all__ = [
    "DECISIONS",
    "REASONS",
    "SKIPS",
    "UNITS",
    "AskedUnit",
    "Column",
    "FileError",
    "Place",
    "Plan",
    "Preview",
    "Reject",
    "Rejects",
    "batch_schema",
    "layouts_known",
    "plan",
    "preview",
    "read_planned",
    "read_posts",
]

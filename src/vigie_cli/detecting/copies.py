"""Copy families that an earlier run found, as acts: posting a copy of one text is acting on one object."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from vigie.terms.errors import VigieError
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pyarrow as pa

FAMILIES, MEMBERS, MANIFEST = "families.parquet", "members.parquet", "manifest.json"


class FamiliesFolderError(VigieError):
    """A folder does not hold the copy families of the files that are read."""

    code = "file.families"
    sentence = say("The copy families in “{path}” cannot be used: {reason}.")
    remedy = say("Run vigie detect families on the same files, then give its folder.")


def acts_of_families(folder: Path, digests: Iterable[str]) -> tuple[pa.Table, dict[str, Any]]:
    """Return the acts of the members of copy families, and what a manifest says of where they come from.

    An object is the text of a family's earliest post, so that a person can read what was copied.

    Args:
        folder: what `vigie detect families` wrote.
        digests: SHA-256 of the files whose posts are studied.

    Raises:
        FamiliesFolderError: it is no such folder, or it is of other files.
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import parquet

    from vigie.detect.families import acts
    from vigie.store import digest

    try:
        said = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        members = parquet.read_table(folder / MEMBERS)
        families = parquet.read_table(folder / FAMILIES, columns=["family", "specimen_text"])
        inputs = {one["sha256"] for one in said["inputs"]}
    except OSError as error:
        raise FamiliesFolderError(path=folder, reason=error.strerror or str(error)) from error
    except (pa.ArrowException, ValueError, KeyError, TypeError) as error:
        reason = say("it does not hold what that command writes")
        raise FamiliesFolderError(path=folder, reason=reason) from error
    if inputs != set(digests):
        raise FamiliesFolderError(path=folder, reason=say("they were found in other files"))
    found = acts(members)
    place = pc.index_in(found["object"], families["family"])
    text = pc.coalesce(families["specimen_text"].combine_chunks().take(place.combine_chunks()), "")
    named = pc.if_else(pc.equal(text, ""), found["object"].combine_chunks(), text)
    told = {"method": said["method"], "members_sha256": digest(folder / MEMBERS)}
    return found.set_column(1, "object", named), told

"""Actions as integer columns: tens of millions fit in memory, words come only when rows are read."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

Ints = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.float64]

POST, SHARE, COMMENT = 0, 1, 2
KINDS = ("post", "share", "comment")
NONE = -1  # no object, no link, no image; or words and hashtags of one's own


@dataclass(frozen=True, kw_only=True)
class Acts:
    """What accounts did: one element per action in each array."""

    at_ms: Ints
    author: Ints  # number of the account
    kind: Ints  # POST, SHARE or COMMENT
    about: Ints  # the action shared or answered: its place among all actions
    text: Ints  # a whole text of the lexicon
    tags: Ints  # a hashtag sequence of the lexicon
    link: Ints  # a link of the lexicon
    image: Ints  # an image of the lexicon

    def __len__(self) -> int:
        """Return the number of actions."""
        return len(self.at_ms)


def acts(
    kind: int,
    *,
    at_ms: Ints,
    author: Ints,
    about: Ints | None = None,
    text: Ints | None = None,
    tags: Ints | None = None,
    link: Ints | None = None,
    image: Ints | None = None,
) -> Acts:
    """Return actions of one kind; what is not given is NONE."""

    def filled(values: Ints | None) -> Ints:
        return np.full(len(at_ms), NONE, np.int32) if values is None else values.astype(np.int32)

    return Acts(
        at_ms=at_ms.astype(np.int64),
        author=author.astype(np.int32),
        kind=np.full(len(at_ms), kind, np.int8),
        about=filled(about),
        text=filled(text),
        tags=filled(tags),
        link=filled(link),
        image=filled(image),
    )


def joined(parts: Sequence[Acts]) -> Acts:
    """Return all actions of `parts`, one part after the other."""
    names = [field.name for field in fields(Acts)]
    return Acts(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def in_time_order(some: Acts) -> Acts:
    """Return the same actions, earliest first, with `about` following what it points to."""
    order = np.argsort(some.at_ms, kind="stable")
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    columns = {f.name: getattr(some, f.name)[order] for f in fields(Acts)}
    about = columns["about"]
    columns["about"] = np.where(about == NONE, np.int32(NONE), place[about])
    return Acts(**columns)

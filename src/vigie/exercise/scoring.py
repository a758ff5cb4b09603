"""What was found, held against what was planted: precision, recall and false flags, by kind."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

CAMPAIGN = "campaign"


@dataclass(frozen=True, kw_only=True)
class Score:
    """Accounts found against accounts planted."""

    planted: int
    found: int
    right: int
    recall_by_kind: Mapping[str, tuple[int, int]]  # kind -> (found, planted)
    wrong_by_role: Mapping[str, tuple[int, int]]  # role -> (wrongly found, all of that role)

    @property
    def precision(self) -> float:
        """Which part of what was found was planted; 1 when nothing was found."""
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        """Which part of what was planted was found; 1 when nothing was planted."""
        return self.right / self.planted if self.planted else 1.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.right / (self.found + self.planted) if self.found + self.planted else 1.0

    @property
    def false_per_10_000(self) -> float:
        """Wrongly found among ten thousand accounts that were not planted."""
        others = sum(total for _wrong, total in self.wrong_by_role.values())
        return 10_000 * (self.found - self.right) / others if others else 0.0


def score(found: Iterable[str], truth: pa.Table) -> Score:
    """Return how well `found` accounts meet the truth.

    Args:
        found: accounts said to have moved together.
        truth: `account`, `role` and `kind`, one row per account; see `Exercise.truth`.
    """
    wanted = set(found)
    planted, others = (
        truth.filter(pc.equal(truth["role"], CAMPAIGN)),
        truth.filter(pc.not_equal(truth["role"], CAMPAIGN)),
    )
    by_kind, by_role = _shares(planted, "kind", wanted), _shares(others, "role", wanted)
    return Score(
        planted=planted.num_rows,
        found=len(wanted),
        right=sum(right for right, _total in by_kind.values()),
        recall_by_kind=by_kind,
        wrong_by_role=by_role,
    )


def _shares(rows: pa.Table, column: str, wanted: set[str]) -> dict[str, tuple[int, int]]:
    accounts, kinds = rows["account"].to_pylist(), rows[column].to_pylist()
    total = Counter(kinds)
    hit = Counter(kind for account, kind in zip(accounts, kinds, strict=True) if account in wanted)
    return {kind: (hit[kind], total[kind]) for kind in sorted(total)}

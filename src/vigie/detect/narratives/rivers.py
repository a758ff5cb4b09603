"""How much is told of each narrative, slot after slot, and which narratives are new or grow.

A narrative is compared with its own past, as a share of all posts of its language: posts in the recent time
against what its share in the equal times before makes likely, with as much scatter as those show (negative
binomial). Without enough past nothing is said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy import stats

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from vigie.detect.narratives.rule import Rule

NONE = "none"
RIVER = pa.schema(
    [
        pa.field("narrative", pa.string()),  # or `none`
        pa.field("lang", pa.string()),
        pa.field("slot_ms", pa.int64()),  # when the slot begins
        pa.field("posts", pa.int64()),
        pa.field("accounts", pa.int64()),
    ]
)
CHANGES = ("new", "grows", "steady", "unknown", "dormant")
USUAL_DISPERSION = 0.05
BORROWED_SQUARES = 20.0  # a dispersion of its own needs more than so many squared posts
DISPERSION_LEAST = 1e-6


def river(members: pa.Table, rule: Rule) -> pa.Table:
    """Return how many posts and accounts told each narrative in each slot: see `RIVER`."""
    slot = pc.multiply(pc.divide(members["created_ms"], rule.slot_ms), rule.slot_ms)
    keyed = members.select(["narrative", "lang", "account"]).append_column("slot_ms", slot)
    counted = keyed.group_by(["narrative", "lang", "slot_ms"]).aggregate(
        [([], "count_all"), ("account", "count_distinct")]
    )
    named = counted.rename_columns(["narrative", "lang", "slot_ms", "posts", "accounts"])
    return _sorted(named.select(RIVER.names).cast(RIVER))


def with_earlier(now: pa.Table, before: pa.Table) -> pa.Table:
    """Return a river that begins with the slots of an earlier one that lie before it."""
    if not now.num_rows:
        return before.select(RIVER.names)
    older = before.filter(pc.less(before["slot_ms"], pc.min(now["slot_ms"])))
    return _sorted(pa.concat_tables([older.select(RIVER.names), now]))


def _sorted(table: pa.Table) -> pa.Table:
    return table.sort_by(
        [("lang", "ascending"), ("narrative", "ascending"), ("slot_ms", "ascending")]
    ).combine_chunks()


def changes(flow: pa.Table, names: list[str], langs: list[str], accounts: list[int], rule: Rule) -> pa.Table:
    """Return how each narrative stands to its own past.

    Args:
        flow: a river; `none` counts in it as what else was said.
        names: the narratives.
        langs: the language of each.
        accounts: how many told it in the recent time.
        rule: what is recent, and how much is growth.
    """
    windows = [_windows(flow, name, lang, rule) for name, lang in zip(names, langs, strict=True)]
    expected, chance = np.full(len(names), np.nan), np.full(len(names), np.nan)
    for number, (told, everything) in enumerate(windows):
        if len(told) - 1 >= rule.history_ms // rule.recent_ms:
            expected[number], chance[number] = _against_past(told, everything)
    recent = np.array([told[0] for told, _all in windows], np.int64)
    older = np.array([told[1:].sum() for told, _all in windows], np.int64)
    q_value = _adjusted(chance)
    grown = (
        (recent >= rule.growth_min * expected)
        & (q_value <= rule.fdr)
        & (recent >= rule.recent_posts_min)
        & (np.array(accounts, np.int64) >= rule.recent_accounts_min)
    )
    is_new = older <= rule.chance_max * (older + recent)
    change = np.where(
        np.isnan(expected), "unknown", np.where(grown, np.where(is_new, "new", "grows"), "steady")
    )
    return pa.table(
        {
            "change": pa.array(change.tolist(), pa.string()),
            "recent_posts": pa.array(recent),
            "recent_expected": pa.array(expected, from_pandas=True),
            "q_value": pa.array(q_value, from_pandas=True),
        }
    )


def _windows(flow: pa.Table, name: str, lang: str, rule: Rule) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return posts of a narrative, and all of its language, in equal times, the recent one first."""
    slot, posts = flow["slot_ms"].to_numpy(), flow["posts"].to_numpy()
    end = int(slot.max()) + rule.slot_ms
    back = (end - 1 - slot) // rule.recent_ms
    whole = int((end - slot.min()) // rule.recent_ms)
    in_lang = pc.equal(flow["lang"], lang).to_numpy(zero_copy_only=False)
    own = in_lang & pc.equal(flow["narrative"], name).to_numpy(zero_copy_only=False)
    counted = [
        np.bincount(back[some], posts[some], max(1, int(back.max()) + 1))[: max(1, whole)]
        for some in (own, in_lang)
    ]
    return counted[0].astype(np.int64), counted[1].astype(np.int64)


def _against_past(told: NDArray[np.int64], everything: NDArray[np.int64]) -> tuple[float, float]:
    """Return how many recent posts the past makes likely, and how probable it makes so many or more."""
    share = (told[1:].sum() + 0.5) / max(1.0, everything[1:].sum())
    usual = share * everything[1:]
    excess = ((told[1:] - usual) ** 2 - usual).sum()
    squares = (usual**2).sum()
    dispersion = max(0.0, (excess + BORROWED_SQUARES * USUAL_DISPERSION) / (squares + BORROWED_SQUARES))
    dispersion += 1 / (told[1:].sum() + 0.5)  # the share itself is only known so well
    mean = share * max(1, int(everything[0]))
    size = 1 / max(dispersion, DISPERSION_LEAST)
    return float(mean), float(stats.nbinom.sf(told[0] - 1, size, size / (size + mean)))


def _adjusted(chance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return false-discovery rates (Benjamini and Hochberg 1995); what was not tested stays unknown."""
    found = np.full(len(chance), np.nan)
    tested = np.flatnonzero(~np.isnan(chance))
    if len(tested):
        found[tested] = stats.false_discovery_control(chance[tested])
    return found

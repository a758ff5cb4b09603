"""Pile-ons: within six hours somebody is answered by a crowd whose accounts have too much in common.

1. tell who answers whom (`replies`), and in which words (`wordings`)
2. take the six hours in which somebody is answered by many, and what is usual there (`windows`)
3. mark the accounts for what they have in common, against what is usual (`traits`)
4. compare with bursts that nobody arranged, drawn from the same repliers (`organic`): a stated part of them
   would be flagged
5. join what touches, tell the accounts it rests on, and how the target posted afterwards (`aftermath`)

Much attention alone is no pile-on here: a debate or a viral post brings many strangers at once, who write in
their own words from accounts of all ages. Figures and failures: `card()`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from vigie.detect.pileon.aftermath import aftermath
from vigie.detect.pileon.organic import Drawer, Organic
from vigie.detect.pileon.replies import COLUMNS, MANY_TARGETS, STEP_MS, WINDOW_MS, replies_of
from vigie.detect.pileon.rule import Rule
from vigie.detect.pileon.traits import OF_THE_CROWD, TRAITS, Ages, Usuals, blocks_of, crowd_of, evidence
from vigie.detect.pileon.windows import Baseline, Window, windows
from vigie.detect.pileon.wordings import wordings_of
from vigie.terms.cards import MethodCard, read_card
from vigie.terms.progress import Progress, silent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from vigie.detect.pileon.replies import Bools, Ints, Replies
    from vigie.detect.pileon.traits import Crowd
    from vigie.detect.pileon.windows import Usual
    from vigie.detect.pileon.wordings import Wordings

    Floats = NDArray[np.float64]

__all__ = [
    "COLUMNS", "COURSE", "MEMBERS", "METHOD", "PILES", "POSTS", "REACH", "TRAITS", "TRAITS_FOUND",
    "Detection", "Rule", "card", "detect",
]  # fmt: skip

METHOD = "pileon/2"  # new meaning, new number: old findings keep naming the method that made them
TELLING = 2.0  # what accounts have in common with each other and adds so much tells who belongs to the crowd
SUPPORTING = 1.0  # without that, two traits that add so much must both mark an account
OF_CROWD = tuple(TRAITS.index(name) for name in OF_THE_CROWD)
OF_ONE = tuple(TRAITS.index(name) for name in ("repeated", "many_targets", "young", "foreign", "quick"))
POOL_AROUND_MS = 2 * WINDOW_MS  # replies to the target so near are no “elsewhere” for its wordings
COURSE_BEFORE, COURSE_AFTER = 24, 8  # steps of three hours

PILES = pa.schema(
    [
        ("pile", pa.int64()),  # 1, 2, 3 … from the strongest
        ("target", pa.string()),
        ("start_ms", pa.int64()),  # of the first reply
        ("end_ms", pa.int64()),  # of the last
        ("window_start_ms", pa.int64()),  # the six hours that scored highest
        ("replies", pa.int64()),  # within these
        ("accounts", pa.int64()),
        ("expected", pa.float64()),  # replies usual there
        ("volume_chance", pa.float64()),  # of at least as many replies, by the target's own baseline
        ("basis", pa.string()),  # own, few
        ("history_days", pa.float64()),
        ("score", pa.float64()),
        ("threshold", pa.float64()),
        ("members", pa.int64()),  # accounts that it rests on, of all windows joined
        ("latency_ms", pa.int64()),  # median, after the post that is answered; null where unknown
        ("usual_latency_ms", pa.int64()),  # of other replies to this target
        ("after_days", pa.int64()),  # null where too little is known before or after
        ("after_posts", pa.int64()),
        ("after_expected", pa.float64()),
        ("after_chance", pa.float64()),  # of so few
    ]
)
TRAITS_FOUND = pa.schema(
    [
        ("pile", pa.int64()),
        ("trait", pa.string()),
        ("marked", pa.int64()),  # accounts
        ("share", pa.float64()),
        ("usual", pa.float64()),  # share
        ("added", pa.float64()),  # to the score
    ]
)
MEMBERS = pa.schema(
    [
        ("pile", pa.int64()),
        ("target", pa.string()),
        ("account", pa.string()),
        ("replies", pa.int64()),
        ("copied", pa.int64()),  # of them, in words that others use too
        ("traits", pa.list_(pa.string())),
        ("account_created_ms", pa.int64()),
    ]
)
POSTS = pa.schema(
    [
        ("pile", pa.int64()),
        ("post_id", pa.string()),
        ("account", pa.string()),
        ("created_ms", pa.int64()),
        ("lang", pa.string()),
        ("copied", pa.bool_()),
        ("alike", pa.int64()),  # how many other accounts say nearly the same in these hours
        ("body", pa.string()),
    ]
)
COURSE = pa.schema(
    [
        ("pile", pa.int64()),
        ("start_ms", pa.int64()),  # three hours each
        ("replies", pa.int64()),
        ("expected", pa.float64()),
    ]
)
REACH = pa.schema(
    [
        ("account", pa.string()),
        ("targets", pa.int64()),  # the most that it answered within a slot of six hours
        ("start_ms", pa.int64()),  # of that slot
        ("replies", pa.int64()),  # all
        ("piles", pa.int64()),  # that rest on it
    ]
)


@dataclass(frozen=True, kw_only=True)
class Detection:
    """What was found, and what it was compared with.

    Args:
        piles: the strongest first: see `PILES`.
        traits: what the accounts of each have in common: see `TRAITS_FOUND`.
        members: the accounts each rests on: see `MEMBERS`.
        posts: what these wrote, the most copied first: see `POSTS`.
        course: replies to the target around it: see `COURSE`.
        reach: accounts that answered many targets within six hours, or of several piles: see `REACH`.
        reply_count: replies whose target is known.
        target_count: who was answered.
        judged_count: windows of six hours with enough replies and accounts to be judged.
        organic: the bursts that were drawn, and the thresholds; None where nothing was judged.
        alarms_expected: false alarms to expect if all windows judged were organic, and organic crowds were
            like those drawn; others are flagged more often: see `card()`.
    """

    piles: pa.Table
    traits: pa.Table
    members: pa.Table
    posts: pa.Table
    course: pa.Table
    reach: pa.Table
    reply_count: int
    target_count: int
    judged_count: int
    organic: Organic | None
    alarms_expected: float


def card() -> MethodCard:
    """Return the method card: purpose, sources, measured error rates, known failures."""
    return read_card(resources.files(__package__) / "card.toml")


def detect(
    posts: pa.Table, *, rule: Rule | None = None, seed: int = 0, progress: Progress = silent
) -> Detection:
    """Find pile-ons.

    Args:
        posts: canonical posts; see `COLUMNS`: `author`, `created_ms` and `in_reply_to` must be there. Posts
            of the targets themselves belong in it: they say who is answered.
        rule: the parameters, else the defaults.
        seed: of all chance; the same seed on the same rows, in whatever order, gives the same result.
        progress: told the windows done.

    Raises:
        UnfitTableError: `posts` lacks a column.
    """
    rule = rule or Rule()
    replies = replies_of(posts, rule)
    judged = list(windows(replies, rule))
    if not judged:
        return _nothing(replies)
    run = _Run(replies, rule, seed)
    looks = []
    for done, window in enumerate(judged, start=1):
        looks.append(run.look(window))
        progress(done, len(judged))
    organic = run.drawer.organic(
        accounts_max=max(len(one.crowd.accounts) for one in looks),
        simulations=rule.simulations,
        part=rule.organic_part,
    )
    flagged = [one for one in looks if one.is_pile(organic, rule)]
    piles = sorted(_joined(flagged), key=lambda pile: (-pile[0].strength(organic), pile[0].window.low))
    return Detection(
        piles=_table((run.pile(n, one, organic) for n, one in enumerate(piles, 1)), PILES),
        traits=_table((row for n, one in enumerate(piles, 1) for row in run.traits(n, one[0])), TRAITS_FOUND),
        members=_table((row for n, one in enumerate(piles, 1) for row in run.members(n, one)), MEMBERS),
        posts=_table((row for n, one in enumerate(piles, 1) for row in run.posts(n, one)), POSTS),
        course=_table((row for n, one in enumerate(piles, 1) for row in run.course(n, one[0])), COURSE),
        reach=_reach(replies, [_accounts(one) for one in piles]),
        reply_count=len(np.unique(replies.row)),
        target_count=len(np.unique(replies.target)),
        judged_count=len(judged),
        organic=organic,
        alarms_expected=len(judged) * rule.organic_part,
    )


@dataclass(frozen=True)
class _Look:
    """One window and what its accounts have in common."""

    window: Window
    crowd: Crowd
    usual: Floats
    added: Floats

    def members(self) -> Bools:
        """Return which accounts of the crowd the finding rests on."""
        marks = self.crowd.marks
        telling = [place for place in OF_CROWD if self.added[place] >= TELLING]
        if telling:
            joins = self.crowd.joins & (TRAITS.index("copied") in telling)
            return np.asarray(marks[:, telling].any(axis=1) | joins)
        supporting = [place for place in OF_ONE if self.added[place] >= SUPPORTING]
        return np.asarray(marks[:, supporting].sum(axis=1) > 1)

    def score(self) -> float:
        return float(self.added.sum())

    def strength(self, organic: Organic) -> float:
        return self.score() - organic.threshold(len(self.crowd.accounts))

    def is_pile(self, organic: Organic, rule: Rule) -> bool:
        return self.strength(organic) > 0 and int(self.members().sum()) >= rule.accounts_min


Pile = list[_Look]  # windows that touch, the strongest first


def _joined(flagged: list[_Look]) -> list[Pile]:
    """Return windows of one target that overlap or touch, as one pile; its strongest first."""
    piles: list[Pile] = []
    for look in flagged:  # by target and time
        before = piles[-1][-1].window if piles else None
        if before and before.target == look.window.target and look.window.start_ms <= before.end_ms:
            piles[-1].append(look)
        else:
            piles.append([look])
    return [sorted(pile, key=lambda one: (-one.score(), one.window.start_ms)) for pile in piles]


def _accounts(pile: Pile) -> Ints:
    return np.unique(np.concatenate([one.crowd.accounts[one.members()] for one in pile]))


class _Run:
    """One conversation, ready to be looked at."""

    def __init__(self, replies: Replies, rule: Rule, seed: int) -> None:
        self._replies, self._rule = replies, rule
        self._words: Wordings = wordings_of(replies, seed=seed)
        self._ages, blocks = Ages(replies), blocks_of(replies)
        self._usuals = Usuals(blocks, len(replies.names))
        self._baseline = Baseline(replies)
        self.drawer = Drawer(replies, self._words, self._ages, blocks, self._usuals, seed=seed)

    def look(self, window: Window) -> _Look:
        replies = self._replies
        rows = np.arange(window.low, window.high)
        pool = self._words.pool
        is_out = (replies.target[pool] == window.target) & (
            np.abs(replies.at_ms[pool] - window.start_ms) <= POOL_AROUND_MS
        )
        since = np.full(len(rows), window.start_ms)
        crowd = crowd_of(replies, self._words, self._ages, rows, since, is_out)
        usual = self._usuals.of(window.target, window.start_ms)
        return _Look(window, crowd, usual, evidence(crowd, usual, self._usuals.scatter))

    def pile(self, number: int, pile: Pile, organic: Organic) -> dict[str, Any]:
        look, replies = pile[0], self._replies
        window = look.window
        usual: Usual = self._baseline.usual(window)
        rows = self._rows(pile)
        all_ms = replies.posts["created_ms"].to_numpy()
        start_ms, end_ms = int(replies.at_ms[rows].min()), int(replies.at_ms[rows].max())
        after = aftermath(
            all_ms[replies.post_author == window.target],
            first_ms=int(all_ms[0]),
            last_ms=int(all_ms[-1]),
            start_ms=start_ms,
            end_ms=end_ms,
        )
        latency, usual_latency = self._latency(window)
        return {
            "pile": number,
            "target": self._name(window.target),
            "start_ms": start_ms,
            "end_ms": end_ms,
            "window_start_ms": window.start_ms,
            "replies": window.high - window.low,
            "accounts": len(look.crowd.accounts),
            "expected": usual.expected,
            "volume_chance": usual.chance,
            "basis": usual.basis,
            "history_days": usual.days,
            "score": look.score(),
            "threshold": organic.threshold(len(look.crowd.accounts)),
            "members": len(_accounts(pile)),
            "latency_ms": latency,
            "usual_latency_ms": usual_latency,
            "after_days": after and after.days,
            "after_posts": after and after.posts,
            "after_expected": after and after.expected,
            "after_chance": after and after.chance,
        }

    def traits(self, number: int, look: _Look) -> Iterator[dict[str, Any]]:
        marked = look.crowd.marked()
        for place, name in enumerate(TRAITS):
            yield {
                "pile": number,
                "trait": name,
                "marked": int(marked[place]),
                "share": float(marked[place]) / len(look.crowd.accounts),
                "usual": float(look.usual[place]),
                "added": float(look.added[place]),
            }

    def members(self, number: int, pile: Pile) -> list[dict[str, Any]]:
        replies, rows = self._replies, self._rows(pile)
        copied, _alike = self._copied(pile)
        marks: dict[int, set[str]] = {}
        for look in pile:
            for account, marked in zip(look.crowd.accounts.tolist(), look.crowd.marks, strict=True):
                marks.setdefault(account, set()).update(TRAITS[place] for place in np.flatnonzero(marked))
        found = []
        for account in _accounts(pile).tolist():
            own = rows[replies.author[rows] == account]
            created = int(replies.created_ms[own[0]])
            found.append(
                {
                    "pile": number,
                    "target": self._name(pile[0].window.target),
                    "account": self._name(account),
                    "replies": len(own),
                    "copied": int(copied[own].sum()),
                    "traits": [name for name in TRAITS if name in marks[account]],
                    "account_created_ms": created if created >= 0 else None,
                }
            )
        return sorted(found, key=lambda one: (-one["copied"], -one["replies"], one["account"]))

    def posts(self, number: int, pile: Pile) -> list[dict[str, Any]]:
        replies, rows = self._replies, self._rows(pile)
        copied, alike = self._copied(pile)
        rows = rows[np.isin(replies.author[rows], _accounts(pile))]
        rows = rows[np.lexsort((rows, -alike[rows], ~copied[rows]))]
        said = replies.posts.select(["post_id", "created_ms", "lang", "body"])
        return [
            {
                **post,
                "pile": number,
                "account": self._name(int(replies.author[row])),
                "copied": bool(copied[row]),
                "alike": int(alike[row]),
            }
            for row, post in zip(
                rows.tolist(), said.take(pa.array(replies.row[rows])).to_pylist(), strict=True
            )
        ]

    def course(self, number: int, look: _Look) -> Iterator[dict[str, Any]]:
        first, counts, expected = self._baseline.course(look.window, before=COURSE_BEFORE, after=COURSE_AFTER)
        for place, (count, due) in enumerate(zip(counts.tolist(), expected.tolist(), strict=True)):
            yield {
                "pile": number,
                "start_ms": first + place * STEP_MS,
                "replies": int(count),
                "expected": due,
            }

    def _rows(self, pile: Pile) -> Ints:
        return np.unique(np.concatenate([np.arange(one.window.low, one.window.high) for one in pile]))

    def _copied(self, pile: Pile) -> tuple[Bools, Ints]:
        """Return which of all replies are copied in these windows, and how many say nearly the same."""
        copied, alike = np.zeros(len(self._replies), np.bool_), np.zeros(len(self._replies), np.int64)
        for one in pile:
            part = slice(one.window.low, one.window.high)
            copied[part] |= one.crowd.copied
            alike[part] = np.maximum(alike[part], one.crowd.alike)
        return copied, alike

    def _latency(self, window: Window) -> tuple[int | None, int | None]:
        latency, target = self._replies.latency_ms, self._replies.target
        known = (latency >= 0) & (target == window.target)
        here = known.copy()
        here[: window.low] = here[window.high :] = False
        return _median(latency[here]), _median(latency[known & ~here])

    def _name(self, number: int) -> str:
        return str(self._replies.names[number].as_py())


def _median(values: Ints) -> int | None:
    return int(np.median(values)) if len(values) else None


def _reach(replies: Replies, piles: list[Ints]) -> pa.Table:
    """Return the accounts that answered many targets within six hours, or are of several piles."""
    of_piles = np.bincount(np.concatenate([np.empty(0, np.int64), *piles]), minlength=len(replies.names))
    wide = np.unique(replies.author[replies.reach >= MANY_TARGETS])
    by_author = np.argsort(replies.author, kind="stable")
    told = np.union1d(wide, np.flatnonzero(of_piles > 1))
    lows, highs = (np.searchsorted(replies.author[by_author], told, side=side) for side in ("left", "right"))
    rows = []
    for account, low, high in zip(told.tolist(), lows.tolist(), highs.tolist(), strict=True):
        own = by_author[low:high]
        most = own[np.lexsort((replies.at_ms[own], -replies.reach[own]))[0]]
        rows.append(
            {
                "account": replies.names[account].as_py(),
                "targets": int(replies.reach[most]),
                "start_ms": int(replies.at_ms[most]) // WINDOW_MS * WINDOW_MS,
                "replies": len(own),
                "piles": int(of_piles[account]),
            }
        )
    rows.sort(key=lambda one: (-one["piles"], -one["targets"], one["account"]))
    return _table(rows, REACH)


def _table(rows: Iterable[dict[str, Any]], schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=schema)


def _nothing(replies: Replies) -> Detection:
    return Detection(
        piles=PILES.empty_table(),
        traits=TRAITS_FOUND.empty_table(),
        members=MEMBERS.empty_table(),
        posts=POSTS.empty_table(),
        course=COURSE.empty_table(),
        reach=_reach(replies, []),
        reply_count=len(np.unique(replies.row)),
        target_count=len(np.unique(replies.target)),
        judged_count=0,
        organic=None,
        alarms_expected=0.0,
    )

"""One behaviour within one window: which pairs moved together more than chance allows.

A pair counts when (1) what it has in common is surprising, given activity, popularity, bursts and tastes, and
(2) at least two of its common objects are rare and of different sources, or its closeness in time is
surprising even among those who act on the same objects. Common objects of one sitting are one occasion (see
`sittings`); pairs that are surprising only where they count one by one are kept apart, for `circles` to
judge. All rules run on the shuffled copies too, so the stated false-discovery rate is that of the whole rule.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np

from vigie.detect.coaction.calibration import Shuffling, permutations_for, threshold
from vigie.detect.coaction.chance import Chance, surprise, surprising
from vigie.detect.coaction.closeness import Closeness, closeness, crowd
from vigie.detect.coaction.counting import PairCounts, neighbours
from vigie.detect.coaction.interests import interests
from vigie.detect.coaction.parts import counted
from vigie.detect.coaction.sittings import sittings
from vigie.terms.findings import Calibration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from vigie.detect.coaction.acts import Acts, Floats, Ints
    from vigie.detect.coaction.calibration import Threshold
    from vigie.detect.coaction.closeness import Crowd
    from vigie.detect.coaction.counting import Neighbours
    from vigie.detect.coaction.interests import Interests
    from vigie.detect.coaction.rule import Rule
    from vigie.terms.engine import Engine
    from vigie.terms.progress import Progress

CORE = 10  # the core of a group holds ten times fewer false pairs than the rest
SURPRISE_FLOOR = 2.0  # one in a hundred: less surprising pairs are not looked at again


@dataclass(frozen=True, kw_only=True)
class Judged:
    """Pairs with what is known of each; arrays in one order."""

    a: Ints
    b: Ints
    close: Closeness
    occasions: (
        Ints  # what counts: sittings, or common objects, or the posts that did it where these are fewer
    )
    sittings: Ints  # in how many the pair met
    expected: Floats
    surprise: Floats
    close_surprise: Floats

    def where(self, keep: Ints) -> Judged:
        """Return only the pairs at `keep`."""
        close = Closeness(**{name: values[keep] for name, values in vars(self.close).items()})
        return replace(self, close=close, **{name: getattr(self, name)[keep] for name in ARRAYS})

    def counting(self, occasions: Ints) -> Judged:
        """Return the same pairs, judged by other occasions."""
        return replace(
            self,
            occasions=occasions,
            surprise=surprise(occasions, self.expected),
            close_surprise=surprise(occasions, self.close.expected_close),
        )

    def joined(self, other: Judged) -> Judged:
        """Return these pairs and then those of `other`."""
        mine, theirs = vars(self.close), vars(other.close)
        close = Closeness(**{name: np.concatenate((mine[name], theirs[name])) for name in mine})
        both = {name: np.concatenate((getattr(self, name), getattr(other, name))) for name in ARRAYS}
        return replace(self, close=close, **both)

    def codes(self, account_count: int) -> Ints:
        """Return one number for each pair, in the order of pairs."""
        return self.a.astype(np.int64) * account_count + self.b


ARRAYS = tuple(one.name for one in fields(Judged) if one.name != "close")


@dataclass(frozen=True, kw_only=True)
class Kept:
    """Pairs above a threshold, sorted by codes."""

    threshold: float | None  # the least surprise that counts; None where none keeps the false-discovery rate
    pairs: Judged
    q_values: Floats
    strong: NDArray[np.bool_]  # far above the threshold, or above every pair of every shuffled copy
    expected_by_chance: float  # pairs above the threshold in a shuffled copy, the mean
    most_by_chance: int  # the same, the most of any copy

    def at(self, places: Ints) -> Kept:
        """Return only the pairs at `places`, and the same part of those by chance."""
        return replace(
            self,
            pairs=self.pairs.where(places),
            q_values=self.q_values[places],
            strong=self.strong[places],
            expected_by_chance=self.expected_by_chance * len(places) / max(len(self.strong), 1),
        )

    def joined(self, other: Kept, *, account_count: int) -> Kept:
        """Return these pairs and those of `other`, sorted by codes; the larger most of any copy."""
        pairs = self.pairs.joined(other.pairs)
        least = [one.threshold for one in (self, other) if one.threshold is not None]
        both = Kept(
            threshold=min(least, default=None),
            pairs=pairs,
            q_values=np.concatenate((self.q_values, other.q_values)),
            strong=np.concatenate((self.strong, other.strong)),
            expected_by_chance=self.expected_by_chance + other.expected_by_chance,
            most_by_chance=max(self.most_by_chance, other.most_by_chance),
        )
        return both.at(np.argsort(pairs.codes(account_count), kind="stable"))


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What one behaviour within one window shows."""

    behaviour: str
    window_ms: int
    acts: Acts
    occupancy: Ints  # acts near each act on its object
    chance: Chance
    kept: Kept  # the significant pairs
    once: Kept  # those significant where the objects of one sitting count one by one
    calibration: Calibration

    @property
    def pairs(self) -> Judged:
        """The significant pairs."""
        return self.kept.pairs

    @property
    def q_values(self) -> Floats:
        """Their false-discovery rates."""
        return self.kept.q_values

    @property
    def strong(self) -> NDArray[np.bool_]:
        """Which of them may be of a core."""
        return self.kept.strong


def layers(
    behaviour: str,
    acts: Acts,
    rule: Rule,
    *,
    source: Ints | None = None,
    rng: np.random.Generator,
    engine: Engine,
    progress: Progress,
) -> Iterator[Layer]:
    """Yield the layer of each window of `rule`.

    Args:
        behaviour: its name.
        acts: who acted on what when, with canonical codes.
        rule: the parameters.
        source: of each object, where that is known; see `closeness.crowd`.
        rng: chance, for the shuffled copies.
        engine: where pairs are counted.
        progress: told the shuffled copies done, out of all.
    """
    groups = interests(acts, rng=rng)
    permutations = rule.permutations or permutations_for(len(acts.account))
    shuffling = Shuffling(acts, of_account=groups.of_account, communities=groups.count)
    for number, window_ms in enumerate(rule.windows_ms):
        near = neighbours(acts, window_ms=window_ms)
        around = crowd(acts, near, source)
        judge = _Judge(
            near=near, around=around, interests=groups, rule=rule, window_ms=window_ms, engine=engine
        )
        pair_count, apart, once = judge(acts)
        by_chance, once_by_chance = [np.empty(0)], [np.empty(0)]
        for copy in range(permutations if len(once.a) else 0):
            again = shuffling.copy(rng)
            _count, apart_again, once_again = judge(again)
            by_chance.append(apart_again.surprise)
            once_by_chance.append(once_again.surprise)
            progress(number * permutations + copy + 1, len(rule.windows_ms) * permutations)
        bar = _bar(apart, by_chance, permutations, rule)
        once_bar = _bar(once, once_by_chance, permutations, rule)
        kept = _kept(apart, bar, by_chance, rule)
        yield Layer(
            behaviour=behaviour,
            window_ms=window_ms,
            acts=acts,
            occupancy=near.end - near.begin - 1,
            chance=judge.chance(acts),
            kept=kept,
            once=_kept(once, once_bar, once_by_chance, rule),
            calibration=Calibration(
                behaviour=behaviour,
                window_ms=window_ms,
                action_count=len(acts.account),
                account_count=len(np.unique(acts.account)),
                object_count=len(np.unique(acts.object)),
                pair_count=pair_count,
                threshold=bar.surprise,
                expected_by_chance=bar.expected_by_chance,
                significant_count=len(kept.pairs.a),
                strongest_by_chance=max(bar.strongest_by_chance, once_bar.strongest_by_chance),
            ),
        )


def _bar(real: Judged, by_chance: Sequence[Floats], permutations: int, rule: Rule) -> Threshold:
    return threshold(real.surprise, np.concatenate(by_chance), permutations=permutations, fdr=rule.fdr)


def _kept(real: Judged, bar: Threshold, by_chance: Sequence[Floats], rule: Rule) -> Kept:
    least = np.inf if bar.surprise is None else bar.surprise
    keep = np.flatnonzero(real.surprise >= least)
    return Kept(
        threshold=bar.surprise,
        pairs=real.where(keep),
        q_values=bar.q_values[keep],
        strong=(bar.q_values[keep] <= rule.fdr / CORE) | (real.surprise[keep] > bar.strongest_by_chance),
        expected_by_chance=bar.expected_by_chance,
        most_by_chance=max(int((copy >= least).sum()) for copy in by_chance),
    )


@dataclass(frozen=True, kw_only=True)
class _Judge:
    """The whole rule but the threshold, the same for the real acts and for every shuffled copy."""

    near: Neighbours
    around: Crowd
    interests: Interests
    rule: Rule
    window_ms: int
    engine: Engine

    def __call__(self, acts: Acts) -> tuple[int, Judged, Judged]:
        """Return how many pairs reach the fewest objects, and those of them that pass.

        Twice: with the objects of one sitting as one occasion, and with each as one.
        """
        pairs = counted(
            acts,
            self.near,
            window_ms=self.window_ms,
            objects_min=self.rule.objects_min,
            engine=self.engine,
            threads=self.rule.threads,
        )
        expected = self.chance(acts).expected(pairs.a, pairs.b)
        keep = surprising(pairs.objects, expected, least=SURPRISE_FLOOR)
        once = self._look_again(acts, pairs, expected, keep)
        apart = once.counting(np.minimum(once.occasions, once.sittings))
        return len(pairs.a), self._passing(apart), self._passing(once)

    def _passing(self, judged: Judged) -> Judged:
        passing = (judged.occasions >= self.rule.objects_min) & (
            (judged.close.rare >= self.rule.rare_objects_min)
            | (judged.close_surprise >= self.rule.close_surprise_min)
        )
        return judged.where(np.flatnonzero(passing))

    def chance(self, acts: Acts) -> Chance:
        """Return what these acts' accounts would have in common by chance."""
        return Chance(acts, self.near, community=self.interests.of_object, communities=self.interests.count)

    def _look_again(self, acts: Acts, pairs: PairCounts, expected: Floats, keep: Ints) -> Judged:
        a, b, expected = pairs.a[keep], pairs.b[keep], expected[keep]
        close = closeness(
            acts,
            a,
            b,
            window_ms=self.window_ms,
            around=self.around,
            rare_actors_max=self.rule.rare_actors_max,
            threads=self.rule.threads,
        )
        # The images of one album, posted once, are one occasion however many they are.
        occasions = np.minimum(close.objects, np.minimum(close.posts_ab, close.posts_ba))
        return Judged(
            a=a,
            b=b,
            close=close,
            occasions=occasions,
            sittings=sittings(acts, a, b, window_ms=self.window_ms, threads=self.rule.threads),
            expected=expected,
            surprise=surprise(occasions, expected),
            close_surprise=surprise(occasions, close.expected_close),
        )

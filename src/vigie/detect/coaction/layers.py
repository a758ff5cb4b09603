"""One behaviour within one window: which pairs moved together more than chance allows.

A pair counts when (1) what it has in common is surprising, given activity, popularity, bursts and tastes, and
(2) at least two of its common objects are rare and of different sources, or its closeness in time is
surprising even among those who act on the same objects. Both rules run on the shuffled copies too, so the
stated false-discovery rate is that of the whole rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vigie.detect.coaction.calibration import permutations_for, shuffled, threshold
from vigie.detect.coaction.chance import Chance, surprise, surprising
from vigie.detect.coaction.closeness import Closeness, closeness, crowd
from vigie.detect.coaction.counting import PairCounts, neighbours
from vigie.detect.coaction.interests import interests
from vigie.detect.coaction.parts import counted
from vigie.terms.findings import Calibration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from vigie.detect.coaction.acts import Acts, Floats, Ints
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
    occasions: Ints  # common objects, or the posts that did it where these are fewer
    expected: Floats
    surprise: Floats
    close_surprise: Floats

    def where(self, keep: Ints) -> Judged:
        """Return only the pairs at `keep`."""
        return Judged(
            a=self.a[keep],
            b=self.b[keep],
            close=Closeness(**{name: values[keep] for name, values in vars(self.close).items()}),
            occasions=self.occasions[keep],
            expected=self.expected[keep],
            surprise=self.surprise[keep],
            close_surprise=self.close_surprise[keep],
        )


@dataclass(frozen=True, kw_only=True)
class Layer:
    """What one behaviour within one window shows."""

    behaviour: str
    window_ms: int
    acts: Acts
    occupancy: Ints  # acts near each act on its object
    chance: Chance
    pairs: Judged  # the significant ones, sorted by codes
    q_values: Floats
    strong: NDArray[np.bool_]  # far above the threshold, or above every pair of every shuffled copy
    calibration: Calibration


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
    for number, window_ms in enumerate(rule.windows_ms):
        near = neighbours(acts, window_ms=window_ms)
        around = crowd(acts, near, source)
        judge = _Judge(
            near=near, around=around, interests=groups, rule=rule, window_ms=window_ms, engine=engine
        )
        pair_count, real = judge(acts)
        by_chance = [np.empty(0)]
        for copy in range(permutations if len(real.a) else 0):
            again = shuffled(acts, of_account=groups.of_account, communities=groups.count, rng=rng)
            by_chance.append(judge(again)[1].surprise)
            progress(number * permutations + copy + 1, len(rule.windows_ms) * permutations)
        bar = threshold(real.surprise, np.concatenate(by_chance), permutations=permutations, fdr=rule.fdr)
        keep = np.flatnonzero(real.surprise >= (np.inf if bar.surprise is None else bar.surprise))
        yield Layer(
            behaviour=behaviour,
            window_ms=window_ms,
            acts=acts,
            occupancy=near.end - near.begin - 1,
            chance=judge.chance(acts),
            pairs=real.where(keep),
            q_values=bar.q_values[keep],
            strong=(bar.q_values[keep] <= rule.fdr / CORE) | (real.surprise[keep] > bar.strongest_by_chance),
            calibration=Calibration(
                behaviour=behaviour,
                window_ms=window_ms,
                action_count=len(acts.account),
                account_count=len(np.unique(acts.account)),
                object_count=len(np.unique(acts.object)),
                pair_count=pair_count,
                threshold=bar.surprise,
                expected_by_chance=bar.expected_by_chance,
                significant_count=len(keep),
            ),
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

    def __call__(self, acts: Acts) -> tuple[int, Judged]:
        """Return how many pairs reach the fewest objects, and those of them that pass."""
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
        judged = self._look_again(acts, pairs, expected, keep)
        passing = (judged.occasions >= self.rule.objects_min) & (
            (judged.close.rare >= self.rule.rare_objects_min)
            | (judged.close_surprise >= self.rule.close_surprise_min)
        )
        return len(pairs.a), judged.where(np.flatnonzero(passing))

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
            expected=expected,
            surprise=surprise(occasions, expected),
            close_surprise=surprise(occasions, close.expected_close),
        )

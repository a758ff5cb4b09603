"""Series made for a test, and short ways to look at them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pytest

from vigie.detect.bursts import Rule, detect
from vigie.terms.times import DAY_MS, HOUR_MS

START_MS = 20_454 * DAY_MS
SLOT_MS = 6 * HOUR_MS
PER_DAY = 4
RULE = Rule(slot_ms=SLOT_MS, small_slot_ms=SLOT_MS, posts_min=1, days_per_false_alarm=365)
SHORT = Rule(slot_ms=SLOT_MS, small_slot_ms=SLOT_MS, posts_min=1, history_days=14)


@dataclass(frozen=True)
class Kit:
    """What tests of this folder share: tests are no package, so they cannot import it."""

    start_ms: int = START_MS
    slot_ms: int = SLOT_MS
    per_day: int = PER_DAY
    rule: Rule = RULE
    short: Rule = SHORT

    def posts(self, series):
        """Return a row for each post of each series, a list of counts per slot of six hours."""
        keys, moments = [], []
        for name, counts in series.items():
            at = START_MS + np.repeat(np.arange(len(counts)) * SLOT_MS, counts)
            keys += [name] * len(at)
            moments.append(at)
        return pa.table({"key": pa.array(keys, pa.string()), "at_ms": np.concatenate(moments)})

    def found(self, series, **options):
        """Return what is found in series of counts."""
        return self.found_in(self.posts(series), slots=max(map(len, series.values())), **options)

    def found_in(self, posts, *, slots, rule=None, **options):
        """Return what is found in rows of posts over so many slots."""
        options.setdefault("until_ms", START_MS + slots * SLOT_MS)
        moments = options.pop("moments", posts.column("at_ms").combine_chunks())
        return detect(posts, moments, rule=rule or self.rule, **options)

    def quiet(self, *, days=60, usual=20.0, seed=0):
        """Return counts of a series that follows the day and the week, and chance."""
        t = np.arange(days * PER_DAY)
        pattern = np.array([0.3, 1.0, 1.4, 1.3])[t % PER_DAY] * np.where((t // PER_DAY) % 7 < 2, 0.7, 1.1)
        return np.random.default_rng(seed).poisson(usual * pattern)

    def background(self, *, days=60):
        """Return series that stay as they are, so that one among them is little of the whole."""
        return {f"other{n}": self.quiet(days=days, usual=60, seed=100 + n) for n in range(4)}


@pytest.fixture(scope="session")
def kit():
    return Kit()

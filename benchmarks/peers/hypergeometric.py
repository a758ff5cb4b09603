"""Statistically validated pairs: a hypergeometric test of common objects over all pairs, without time.

Tumminello et al. 2011, https://doi.org/10.1371/journal.pone.0017994. Of N objects, two accounts acted on
n_a and n_b; the chance that at least as many as observed are common must be below 0.01 over all pairs of
accounts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import comb
from scipy.stats import hypergeom

from vigie.detect import coaction

if TYPE_CHECKING:
    import pyarrow as pa
    from coded import Coded

ALPHA = 0.01


def flagged(acts: Coded, table: pa.Table) -> set[str]:
    """Return the accounts of the pairs that pass."""
    matrix = acts.matrix()
    degree = np.diff(matrix.indptr)
    objects, accounts = matrix.shape[1], matrix.shape[0]
    bar = ALPHA / (accounts * (accounts - 1) / 2)
    least = next(k for k in range(1, objects) if 1 / comb(objects, k) <= bar)  # fewer can never pass
    span_ms = int(np.ptp(acts.at_ms)) + 1
    pairs = coaction.pairs(table, window_ms=span_ms, objects_min=max(least, 2))
    a, b = (acts.codes(pairs[name]) for name in ("account_a", "account_b"))
    chance = hypergeom.sf(pairs["object_count"].to_numpy() - 1, objects, degree[a], degree[b])
    passing = np.flatnonzero(chance <= bar)
    return acts.of(np.concatenate((a[passing], b[passing])))

"""The false-discovery rate of many tests: one reading of Benjamini and Hochberg for all methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def q_values(p_values: NDArray[np.float64], *, tests: int | None = None) -> NDArray[np.float64]:
    """Return the false-discovery rate at which each test would be kept.

    Source: Benjamini and Hochberg 1995, https://doi.org/10.1111/j.2517-6161.1995.tb02031.x

    Args:
        p_values: of the tests at hand, 0-1.
        tests: how many count: more where weaker ones are not at hand, fewer where a 1 stands for what
            could not be tested; None: all at hand.
    """
    count = len(p_values)
    order = np.argsort(p_values, kind="stable")
    stepped = p_values[order] * (count if tests is None else tests) / np.arange(1, count + 1)
    found = np.empty(count, np.float64)
    found[order] = np.minimum(np.minimum.accumulate(stepped[::-1])[::-1], 1.0)
    return found

"""Readings for and against that several methods give, worded once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from vigie.terms.findings import Indicator
from vigie.terms.languages import say

if TYPE_CHECKING:
    from collections.abc import Mapping

ACCOUNTS_LEAST = 5  # of fewer, the busiest one wrote much of the posts whoever they are
BUSIEST_PART = 0.1  # of the accounts
LEAST_P = 1e-300  # its logarithm is still a number
OF_FEW = 0.5  # of the posts by the busiest part: from there they are the work of few


def weight_of(p_value: float) -> float:
    """Return how surprising something is whose chance is `p_value`: its -log10, which has an end."""
    return -math.log10(max(p_value, LEAST_P))


def few_or_many(by_account: Mapping[str, int]) -> Indicator | None:
    """Return whether posts are the work of few accounts or are told by many; None of too few accounts.

    Args:
        by_account: posts of each account.
    """
    if len(by_account) < ACCOUNTS_LEAST:
        return None
    counts = sorted(by_account.values(), reverse=True)
    busiest = max(1, round(BUSIEST_PART * len(counts)))
    part = sum(counts[:busiest]) / sum(counts)
    facts = {"busiest": busiest, "accounts": len(counts), "part_share": part}
    if part >= OF_FEW:
        sentence = say("The work of few: {busiest} of {accounts} accounts wrote {part_share} of the posts.")
        return Indicator(code="few_accounts", leaning="coordinated", sentence=sentence, facts=facts)
    sentence = say(
        "Told by many: the {busiest} busiest of {accounts} accounts wrote {part_share} of the posts."
    )
    return Indicator(code="many_accounts", leaning="organic", sentence=sentence, facts=facts)

"""Each jurisdiction's own test of foreign interference."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.assess.gates import ANSWERS, gates

answers = st.sampled_from(ANSWERS)


def canada(direction, secrecy, deception):
    return gates()["canada"].outcome(
        {"foreign_direction": direction, "secrecy": secrecy, "deception": deception}
    )


@pytest.mark.parametrize(
    ("direction", "secrecy", "deception", "outcome"),
    [
        ("yes", "yes", "no", "yes"),
        ("yes", "unknown", "yes", "yes"),
        ("yes", "no", "no", "no"),
        ("no", "yes", "yes", "no"),
        ("no", "unknown", "unknown", "no"),
        ("unknown", "yes", "yes", "unknown"),
        ("yes", "unknown", "no", "unknown"),
    ],
)
def test_canada_asks_for_foreign_direction_with_secrecy_or_deception(direction, secrecy, deception, outcome):
    assert canada(direction, secrecy, deception) == outcome


def test_france_asks_for_all_four_criteria():
    gate = gates()["france"]
    every = dict.fromkeys(gate.questions, "yes")
    assert gate.outcome(every) == "yes"
    for question in gate.questions:
        assert gate.outcome({**every, question: "no"}) == "no"
        assert gate.outcome({**every, question: "unknown"}) == "unknown"


@pytest.mark.parametrize("gate", gates().values(), ids=lambda gate: gate.id)
def test_what_nobody_answered_is_unknown(gate):
    assert gate.outcome({}) == "unknown"


@pytest.mark.parametrize("gate", gates().values(), ids=lambda gate: gate.id)
@given(data=st.data())
def test_unknown_means_that_the_missing_answers_decide(gate, data):
    given_ = {question: data.draw(answers) for question in gate.questions}
    unknown = [question for question, answer in given_.items() if answer == "unknown"]
    filled = (dict(zip(unknown, some, strict=True)) for some in product(("yes", "no"), repeat=len(unknown)))
    outcomes = {gate.outcome({**given_, **each}) for each in filled}
    assert gate.outcome(given_) == (outcomes.pop() if len(outcomes) == 1 else "unknown")


def test_every_question_counts_for_its_gate():
    def asked(rule):
        return (
            {rule} if isinstance(rule, str) else {q for each in rule.values() for r in each for q in asked(r)}
        )

    for gate in gates().values():
        assert asked(gate.rule) == set(gate.questions)
        assert gate.source.startswith("https://")

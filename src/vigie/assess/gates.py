"""Whether something meets a jurisdiction's own test of foreign interference, where “unknown” is an answer.

A gate is data: questions and a rule over them (`gates.toml`). Three-valued logic (Kleene 1938): “unknown”
stays so unless the answers that are known decide. A gate that is met says that the test holds by the answers
given, never who did it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args

from vigie.assess.vocabulary import Term, read, terms_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vigie.terms.languages import Language

Answer = Literal["yes", "no", "unknown"]
ANSWERS: tuple[Answer, ...] = get_args(Answer)
_ORDER: tuple[Answer, ...] = ("no", "unknown", "yes")  # `all` takes the least, `any` the greatest


@dataclass(frozen=True, kw_only=True)
class Gate:
    """One jurisdiction's test.

    Args:
        id: stands in rows.
        version: new meaning, new number.
        names: of the jurisdiction, in both languages.
        means: the test in a sentence, in both languages.
        source: address of the law or policy.
        questions: by id, in the order to ask them.
        rule: a question's id, or `{"all": [rule, …]}`, or `{"any": [rule, …]}`.
    """

    id: str
    version: int
    names: Mapping[Language, str]
    means: Mapping[Language, str]
    source: str
    questions: Mapping[str, Term]
    rule: Any

    def outcome(self, answers: Mapping[str, Answer]) -> Answer:
        """Return whether the test holds by these answers; what was not answered is unknown."""
        return _outcome(self.rule, answers)


@cache
def gates() -> Mapping[str, Gate]:
    """Return the gates by id."""
    return {
        one["id"]: Gate(
            questions=terms_of(one["question"]), **{k: v for k, v in one.items() if k != "question"}
        )
        for one in read("gates.toml")["gate"]
    }


def _outcome(rule: Any, answers: Mapping[str, Answer]) -> Answer:
    if isinstance(rule, str):
        return answers.get(rule, "unknown")
    ((quantifier, rules),) = rule.items()
    outcomes = (_outcome(one, answers) for one in rules)
    return {"all": min, "any": max}[quantifier](outcomes, key=_ORDER.index)

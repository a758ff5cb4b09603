"""The errors that people meet: a stable code for machines, a sentence and a remedy for readers.

Stages raise these; only a face (the command line, a page) turns the code into an exit status or a page, and
the sentence into the reader's language with `tell`.
"""

from __future__ import annotations

from typing import ClassVar

from vigie.terms.languages import Message, Words, say


class VigieError(Exception):
    """Something a person can act on.

    Args:
        facts: what the placeholders of `sentence` and `remedy` name: `path`, `line`, `column` …
    """

    code: ClassVar[str]
    sentence: ClassVar[Message]
    remedy: ClassVar[Message]

    def __init__(self, **facts: object) -> None:
        super().__init__(self.sentence.format(**facts))
        self.facts = facts


def tell(error: VigieError, words: Words) -> str:
    """Return what happened and what to do, two sentences in the reader's language."""
    return f"{words(error.sentence, **error.facts)} {words(error.remedy, **error.facts)}"


class UnfitTableError(VigieError):
    """A table lacks a column that a stage needs, or holds another type there."""

    code = "table.unfit"
    sentence = say("The table has no usable column “{column}”: {stage} needs it as {expected}.")
    remedy = say("Name the column that holds it with --map SOURCE={column}.")


class BadOptionError(VigieError):
    """An option has a value that means nothing."""

    code = "option.bad"
    sentence = say("“{value}” is not a value for {option}.")
    remedy = say("Give {expected}.")

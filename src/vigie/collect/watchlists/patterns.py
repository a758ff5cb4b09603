"""Simple STIX patterns, read with bounds: comparisons with `=` and `IN`, joined by AND and OR.

The libraries of OASIS take exponential time or run out of stack on patterns from outside; this reader is
linear, and holds a pattern to 10 kB, 32 levels and 200 comparisons. What it does not understand (LIKE,
MATCHES, NOT, FOLLOWEDBY, qualifiers) it refuses: a half-understood pattern would accuse others.
Source: https://docs.oasis-open.org/cti/stix/v2.1/os/stix-v2.1-os.html#_e8slinrhxcc9
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

BYTES_MAX = 10_000
DEPTH_MAX = 32
TERMS_MAX = 200
TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^'\\]|\\.)*')|(?P<path>[a-z0-9-]+:[A-Za-z0-9_.\[\]*-]+)"
    r"|(?P<word>AND|OR|IN)\b|(?P<sign>[\[\]()=,]))",
    re.DOTALL,
)
ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class PatternError(ValueError):
    """A pattern is longer, deeper or richer than we read; never shown to people: its row is set aside."""


class Comparison(NamedTuple):
    """One property of an object and the values that it may have."""

    path: str  # "domain-name:value"
    values: tuple[str, ...]
    observation: int  # which brackets it stands in, from 0


class _Token(NamedTuple):
    kind: str
    text: str


def comparisons(pattern: str) -> list[Comparison]:
    """Return the comparisons of a pattern, in order.

    Raises:
        PatternError: it is not of the simple kind, or over the limits.
    """
    if len(pattern.encode("utf-8", "replace")) > BYTES_MAX:
        raise PatternError("too long")
    reader = _Reader(list(_tokens(pattern)))
    reader.joined(in_brackets=False, depth=0)
    reader.end()
    return reader.found


def _tokens(pattern: str) -> Iterator[_Token]:
    place, end = 0, len(pattern.rstrip())
    while place < end:
        found = TOKEN.match(pattern, place)
        if found is None or found.lastgroup is None:
            raise PatternError("unknown word")
        yield _Token(found.lastgroup, found[found.lastgroup])
        place = found.end()


class _Reader:
    """Reads tokens once, from left to right."""

    def __init__(self, tokens: list[_Token]) -> None:
        self.found: list[Comparison] = []
        self._tokens, self._place, self._observation = tokens, 0, 0

    def joined(self, *, in_brackets: bool, depth: int) -> None:
        """Read parts joined by AND and OR."""
        if depth > DEPTH_MAX:
            raise PatternError("too deep")
        self._part(in_brackets=in_brackets, depth=depth)
        while self._peek() in {"AND", "OR"}:
            self._place += 1
            self._part(in_brackets=in_brackets, depth=depth)

    def end(self) -> None:
        if self._place < len(self._tokens):
            raise PatternError("something follows")

    def _part(self, *, in_brackets: bool, depth: int) -> None:
        if self._peek() == "(":
            self._take("(")
            self.joined(in_brackets=in_brackets, depth=depth + 1)
            self._take(")")
        elif in_brackets:
            self._comparison()
        else:
            self._take("[")
            self.joined(in_brackets=True, depth=depth + 1)
            self._take("]")
            self._observation += 1

    def _comparison(self) -> None:
        path = self._of("path")
        if self._peek() == "IN":
            self._take("IN")
            self._take("(")
            values = [self._text()]
            while self._peek() == ",":
                self._take(",")
                values.append(self._text())
            self._take(")")
        else:
            self._take("=")
            values = [self._text()]
        self.found.append(Comparison(path, tuple(values), self._observation))
        if sum(len(one.values) for one in self.found) > TERMS_MAX:
            raise PatternError("too many terms")

    def _text(self) -> str:
        return ESCAPE.sub(r"\1", self._of("text")[1:-1])

    def _of(self, kind: str) -> str:
        token = self._tokens[self._place] if self._place < len(self._tokens) else None
        if token is None or token.kind != kind:
            raise PatternError(f"no {kind}")
        self._place += 1
        return token.text

    def _peek(self) -> str | None:
        token = self._tokens[self._place] if self._place < len(self._tokens) else None
        return token.text if token is not None and token.kind in {"word", "sign"} else None

    def _take(self, sign: str) -> None:
        if self._peek() != sign:
            raise PatternError(f"no {sign}")
        self._place += 1

"""Both languages side by side in one page: each sentence is written twice, the style sheet shows one.

Where both languages say the same (a count below a thousand), it is written once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from vigie.report.format import Voice
from vigie.report.text import shortened, visible
from vigie.terms.languages import LANGUAGES, Words

if TYPE_CHECKING:
    from collections.abc import Callable

    from vigie.terms.cards import Both
    from vigie.terms.languages import Language


@dataclass(frozen=True)
class Chorus:
    """Every language we speak, at once, for one page."""

    voices: tuple[Voice, ...]

    def __call__(self, message: str, /, **facts: object) -> Markup:
        """Return `message` in every language; in templates this is `_`."""
        return self.both(lambda voice: voice(message, **facts))

    def count(self, one: str, many: str, number: int, /, **facts: object) -> Markup:
        """Return the form that fits `number`, in every language."""
        return self.both(lambda voice: voice.count(one, many, number, **facts))

    def both(self, speak: Callable[[Voice], str]) -> Markup:
        """Return what `speak` says in every language, escaped; a `Markup` it returns stays as it is."""
        return side_by_side({voice.language: speak(voice) for voice in self.voices})

    def number(self, value: float) -> Markup:
        """Return a number."""
        return self.both(lambda voice: voice.number(value))

    def rate(self, value: float) -> Markup:
        """Return a small rate."""
        return self.both(lambda voice: voice.rate(value))

    def percent(self, share: float) -> Markup:
        """Return a part of one, in per cent."""
        return self.both(lambda voice: voice.percent(share))

    def duration(self, ms: float) -> Markup:
        """Return a duration."""
        return self.both(lambda voice: voice.duration(ms))

    def moment(self, ms: int, *, utc: bool = False) -> Markup:
        """Return a date and time, to the second."""
        return self.both(lambda voice: voice.moment(ms, utc=utc))


def chorus(zone: str) -> Chorus:
    """Return all our languages, telling time in `zone`."""
    return Chorus(tuple(Voice(Words(language), zone) for language in LANGUAGES))


def side_by_side(said: Both, *, tag: str = "span") -> Markup:
    """Return `said` in elements marked with their language, or once where all say the same."""
    if len(set(said.values())) == 1:
        return escape(next(iter(said.values())))
    return Markup("").join(_marked(language, text, tag) for language, text in said.items())


def _marked(language: Language, text: str, tag: str) -> Markup:
    return Markup('<{tag} lang="{language}">{text}</{tag}>').format(tag=tag, language=language, text=text)


def data(text: str) -> Markup:
    """Return a string from the data: escaped, controls visible, direction isolated, in no known language."""
    return Markup('<bdi lang="">{}</bdi>').format(visible(text))


def cut(text: str, length: int = 96) -> Markup:
    """Return a string from the data on one line, the whole of it to be opened where it is long."""
    short = shortened(text, length)
    if short == visible(text):
        return data(text)
    return Markup('<details class="cut"><summary><bdi lang="">{}</bdi></summary>{}</details>').format(
        short, data(text)
    )

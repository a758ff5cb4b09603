"""French and English: how a sentence is marked for translation and said in a reader's language.

A message's id is its full English sentence with named placeholders (`{path}`). `say` marks it where it is
written, `Words` speaks it where it is read. Each package keeps its catalogues in `locale/`.
"""

from __future__ import annotations

import gettext
import re
from importlib import resources
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal, get_args

from babel import Locale
from babel.numbers import format_decimal

from vigie.terms.signs import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
LOCALES = {
    language: Locale(language, "CA") for language in LANGUAGES
}  # read once: Babel is slow to find them
THOUSAND = 1000  # from here on figures are grouped


class Message(str):
    """A sentence that people read, as its id: English until `Words` speaks it."""

    __slots__ = ()


def say(message: str) -> Message:
    """Mark `message` as one that people read."""
    return Message(message)


class Words:
    """Sentences in one language.

    Args:
        language: the reader's language.
        packages: the packages whose catalogues are searched, first match first.
    """

    def __init__(self, language: Language, *, packages: tuple[str, ...] = ("vigie",)) -> None:
        self.language: Language = language
        self._catalogue = gettext.NullTranslations()
        for package in reversed(packages):
            with resources.as_file(resources.files(package) / "locale") as folder:
                found = gettext.translation(package, folder, languages=[language])
            found.add_fallback(self._catalogue)
            self._catalogue = found

    def __call__(self, message: str, /, **facts: object) -> str:
        """Return `message` in this language with its placeholders filled by `facts`."""
        return self._catalogue.gettext(message).format(**self._said(facts))

    def count(self, one: str, many: str, number: int, /, **facts: object) -> str:
        """Return the form of a sentence that fits `number` in this language.

        French counts 0 and 1 as one; English counts only 1. `{number}` is filled unless `facts` gives it.
        """
        return self._catalogue.ngettext(one, many, number).format(**self._said({"number": number, **facts}))

    def _said(self, facts: Mapping[str, object]) -> dict[str, object]:
        """Return `facts` as this language says them: marked sentences translated, whole numbers grouped.

        Text from outside shows no sign that commands a terminal.
        """
        return {name: self._one(value) for name, value in facts.items()}

    def _one(self, value: object) -> object:
        if isinstance(value, Message):
            return self._catalogue.gettext(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value if 0 <= value < THOUSAND else format_decimal(value, locale=LOCALES[self.language])
        if isinstance(value, PurePath):
            value = str(value)
        return shown(value, lines=True) if isinstance(value, str) else value


def language_from(*preferences: str | None) -> Language:
    """Return the first language among `preferences` that we speak, English when there is none.

    Args:
        preferences: locale names as operating systems write them (`fr_CA.UTF-8`, `en`, `C`) or as browsers do
            (`fr-CA;q=0.9`), or nothing.
    """
    for preference in preferences:
        word = re.split(r"[-_.;]", (preference or "").strip().lower())[0]
        for language in LANGUAGES:
            if word == language:
                return language
    return "en"

"""French and English: how a sentence is marked for translation and said in a reader's language.

A message's id is its full English sentence with named placeholders (`{path}`). `say` marks it where it is
written, `Words` speaks it where it is read. Each package keeps its catalogues in `locale/`.
"""

from __future__ import annotations

import gettext
from importlib import resources
from typing import Literal, get_args

Language = Literal["en", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


def say(message: str) -> str:
    """Mark `message` as one that people read; it stays English until `Words` speaks it."""
    return message


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
        return self._catalogue.gettext(message).format(**facts)

    def count(self, one: str, many: str, number: int, /, **facts: object) -> str:
        """Return the form of a sentence that fits `number` in this language.

        French counts 0 and 1 as one; English counts only 1. `{number}` is filled unless `facts` gives it.
        """
        return self._catalogue.ngettext(one, many, number).format(**{"number": number, **facts})


def language_from(*preferences: str | None) -> Language:
    """Return the first language among `preferences` that we speak, English when there is none.

    Args:
        preferences: locale names as operating systems write them: `fr_CA.UTF-8`, `en`, `C`, or nothing.
    """
    for preference in preferences:
        for language in LANGUAGES:
            if preference and preference.lower().replace("-", "_").split("_")[0].split(".")[0] == language:
                return language
    return "en"

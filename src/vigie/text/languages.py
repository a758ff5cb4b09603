"""In which language texts are written: by their script where that says it, else by a model, else `und`.

The model is lingua (https://github.com/pemistahl/lingua-rs), which comes with `vigie[languages]`. It chooses
among the languages of the configured set and some neighbours that it must know to tell them apart: a Dutch
text offered to a set without Dutch would be German. A neighbour is answered as `und`, as are texts that are
too short, mixed, or in doubt. Nothing is dropped for its language.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vigie.text.normalising import ADDRESS, MENTION
from vigie.text.signs import NAMES, holds, letters_by_script, signs_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

UNDETERMINED = "und"  # ISO 639-2, BCP 47
# Scripts in which one language is written, as far as posts go; syllabics where no sign of Cree is.
BY_SCRIPT = {
    "armenian": "hy",
    "georgian": "ka",
    "greek": "el",
    "gujarati": "gu",
    "gurmukhi": "pa",
    "han": "zh",
    "hangul": "ko",
    "hebrew": "he",
    "kana": "ja",
    "kannada": "kn",
    "khmer": "km",
    "lao": "lo",
    "malayalam": "ml",
    "sinhala": "si",
    "syllabics": "iu",
    "tamil": "ta",
    "telugu": "te",
    "thai": "th",
}
BY_MODEL = ("ar", "de", "en", "es", "fa", "fr", "hi", "it", "pt", "ru", "tl", "uk", "ur")
NEIGHBOURS = ("be", "bg", "id", "mr", "nl", "pl", "ro", "sr", "tr", "vi")  # known, and answered `und`
LANGUAGES = tuple(sorted({*BY_MODEL, *BY_SCRIPT.values()}))
OF_MODEL = frozenset({"latin", "cyrillic", "arabic", "devanagari"})

LETTERS_MIN = 6  # of an alphabet: "ok" and "lol" are of no language
SIGNS_MIN = 2  # of a script in which one sign may be a word
SHARE_MIN = 0.5  # of a text's letters in one script; below it is mixed
LATIN_SHARE_MIN = 0.7  # Latin names stand in texts of every script, other letters seldom in Latin ones
KANA_SHARE_MIN = 0.1  # of what is written in kana and Han: from there it is Japanese
WEIGHTS = {"han": 3, "kana": 2, "hangul": 2}  # letters of an alphabet that one sign stands for, about
CONFIDENCE_MIN = 0.5  # of the model's best answer
# The model takes short English with names in it for Tagalog, so a word of Tagalog's own must stand in it.
TAGALOG = (
    r"(?i)\b(ang|ng|sa|mga|ito|hindi|dito|nang|yung|kasi|lang|naman|wala|walang|po|kami|tayo|namin|natin|siya"
    r"|niya|ako|ikaw|kayo|inyo|atin|nila|para sa)\b"
)
LENGTH_MAX = 200  # characters that are looked at: more tell no more, and take longer

IDENTIFIED = pa.schema(
    [
        pa.field("lang", pa.dictionary(pa.int16(), pa.string())),  # ISO 639-1, `und` where none can be named
        pa.field(
            "confidence", pa.float32()
        ),  # the model's, or the share of letters in the script; 0 of `und`
        pa.field(
            "basis", pa.dictionary(pa.int16(), pa.string())
        ),  # script, model, stated (by the platform), none
    ]
)


class Model(Protocol):
    """Whatever tells languages of one script apart."""

    def __call__(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """Return the likeliest language of each text, ISO 639-1, and how likely it is, 0 to 1."""


@dataclass(frozen=True)
class Lingua:
    """lingua with its models of trigrams alone: as right on short posts as with all, in less memory.

    See docs/reference/languages.md for what was measured.
    """

    languages: tuple[str, ...] = (*BY_MODEL, *NEIGHBOURS)

    def __call__(self, texts: Sequence[str]) -> list[tuple[str, float]]:
        """Return the likeliest language of each text, and how likely it is."""
        from lingua import Language, LanguageDetectorBuilder  # noqa: PLC0415 (100 MB, and an extra)

        known = {one.iso_code_639_1.name.lower(): one for one in Language.all()}
        chosen = [known[code] for code in self.languages]
        detector = LanguageDetectorBuilder.from_languages(*chosen).with_low_accuracy_mode().build()
        found = detector.compute_language_confidence_values_in_parallel(list(texts))
        return [(best[0].language.iso_code_639_1.name.lower(), best[0].value) for best in found]


def installed_model() -> Model | None:
    """Return the model, None where `vigie[languages]` is not installed: then scripts alone decide."""
    return Lingua() if find_spec("lingua") else None


def identify(
    texts: pa.Array | pa.ChunkedArray,
    *,
    stated: pa.Array | pa.ChunkedArray | None = None,
    model: Model | None = None,
    languages: Collection[str] = LANGUAGES,
) -> pa.Table:
    """Return in which language each text is written.

    Args:
        texts: what was written; null is no text.
        stated: the platform's word for it (BCP 47), taken where the text itself does not tell.
        model: tells apart the languages that share a script; None: those are `und`.
        languages: what may be answered; all else is `und`.

    Returns:
        One row for each text, of the schema `IDENTIFIED`.
    """
    prose = _prose(_one(texts))
    lang, confidence = _by_script(prose)
    basis = np.where(confidence > 0, "script", "none").astype(object)
    asked = np.flatnonzero(lang == "?")
    answers = _by_model(prose.take(pa.array(asked)), model)
    lang[asked], confidence[asked] = answers
    basis[asked] = np.where(answers[0] == UNDETERMINED, "none", "model")
    _restrict(lang, confidence, basis, languages)
    if stated is not None:
        _take_stated(_one(stated), lang, basis, languages)
    return pa.table(
        [
            pa.array(lang, pa.string()).dictionary_encode().cast(IDENTIFIED.field("lang").type),
            pa.array(confidence, pa.float32()),
            pa.array(basis, pa.string()).dictionary_encode().cast(IDENTIFIED.field("basis").type),
        ],
        schema=IDENTIFIED,
    )


def _one(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    return (
        pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) and column.chunks else column
    )


def _prose(texts: pa.Array) -> pa.Array:
    """Return what people said themselves, at most some first characters of it."""
    text = pc.replace_substring_regex(pc.fill_null(texts.cast(pa.string()), ""), ADDRESS, " ")
    text = pc.replace_substring_regex(text, MENTION, " ")
    text = pc.utf8_trim_whitespace(pc.replace_substring_regex(text, r"[#_\s\d]+", " "))
    return pc.utf8_slice_codeunits(text, 0, LENGTH_MAX)


def _by_script(texts: pa.Array) -> tuple[NDArray[np.object_], NDArray[np.float32]]:
    """Return languages that scripts tell, "?" where the model must, `und` where nothing can."""
    signs, starts = signs_of(texts)
    letters = _with_japanese(letters_by_script(signs, starts))
    weighed = letters * np.array([WEIGHTS.get(name, 1) for name in NAMES])
    main = weighed.argmax(axis=1)
    share = weighed[np.arange(len(main)), main] / np.maximum(weighed.sum(axis=1), 1)
    count = letters[np.arange(len(main)), main]
    lang = np.array([_answer(name) for name in NAMES], object)[main]
    few = np.where(np.isin(main, [NAMES.index(name) for name in OF_MODEL]), LETTERS_MIN, SIGNS_MIN)
    enough = np.where(main == NAMES.index("latin"), LATIN_SHARE_MIN, SHARE_MIN)
    lang[(count < few) | (share < enough)] = UNDETERMINED
    lang[(lang == "iu") & holds(signs, starts, "cree")] = UNDETERMINED
    lang[(main == NAMES.index("arabic")) & holds(signs, starts, "pashto or kurdish")] = UNDETERMINED
    return lang, np.where((lang == UNDETERMINED) | (lang == "?"), 0, share).astype(np.float32)


def _answer(script: str) -> str:
    return "?" if script in OF_MODEL else BY_SCRIPT.get(script, UNDETERMINED)


def _with_japanese(letters: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return letters with Han and kana, which Japanese mixes, counted as the one that says the language."""
    letters[:, 0] = 0
    han, kana = NAMES.index("han"), NAMES.index("kana")
    both = letters[:, han] + letters[:, kana]
    is_japanese = letters[:, kana] >= np.maximum(1, KANA_SHARE_MIN * both)
    letters[:, kana], letters[:, han] = np.where(is_japanese, both, 0), np.where(is_japanese, 0, both)
    return letters


def _by_model(texts: pa.Array, model: Model | None) -> tuple[NDArray[np.object_], NDArray[np.float32]]:
    """Return what the model says of each text, asked once for those that are the same."""
    lang, confidence = np.full(len(texts), UNDETERMINED, object), np.zeros(len(texts), np.float32)
    if model is None or not len(texts):
        return lang, confidence
    encoded = texts.dictionary_encode()
    answers = model(encoded.dictionary.to_pylist())
    which = encoded.indices.to_numpy()
    found = np.array([code for code, _sure in answers], object)[which]
    sure = np.array([sure for _code, sure in answers], np.float32)[which]
    words = pc.match_substring_regex(texts, TAGALOG).to_numpy(zero_copy_only=False)
    taken = (sure >= CONFIDENCE_MIN) & np.isin(found, list(BY_MODEL)) & ((found != "tl") | words)
    lang[taken], confidence[taken] = found[taken], sure[taken]
    return lang, confidence


def _restrict(
    lang: NDArray[np.object_],
    confidence: NDArray[np.float32],
    basis: NDArray[np.object_],
    languages: Collection[str],
) -> None:
    other = ~np.isin(lang, [*languages, UNDETERMINED])
    lang[other], confidence[other], basis[other] = UNDETERMINED, 0, "none"


def _take_stated(
    stated: pa.Array, lang: NDArray[np.object_], basis: NDArray[np.object_], languages: Collection[str]
) -> None:
    """Take the platform's word where the text does not tell; only its primary subtag says a language."""
    primary = pc.utf8_lower(pc.replace_substring_regex(stated.cast(pa.string()), r"[-_].*", ""))
    said = np.array(pc.fill_null(primary, "").to_pylist(), object)
    taken = (lang == UNDETERMINED) & np.isin(said, list(languages))
    lang[taken], basis[taken] = said[taken], "stated"
